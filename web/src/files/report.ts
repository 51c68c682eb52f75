/** What became of a file. */
import type { ImportReport, LineResult } from '../api/types';

/** Something to tell, and where it stands in the file. */
export interface Remark {
  place: string;
  words: string;
}

export interface Report {
  imported: number;
  present: number;
  reminders: number;
  /** How many tasks were refused; what is kept of them says why. */
  refusedTasks: number;
  refused: Remark[];
  /** What could not be carried, and what is no task. */
  lost: Remark[];
  leftOut: { what: string; count: number }[];
}

/** Of more remarks than these the page keeps only how many tasks there were. */
const REMARKS_MAX = 10_000;

export const emptyReport = (): Report => ({
  imported: 0,
  present: 0,
  reminders: 0,
  refusedTasks: 0,
  refused: [],
  lost: [],
  leftOut: [],
});

function add(remarks: Remark[], more: readonly Remark[]): void {
  remarks.push(...more.slice(0, REMARKS_MAX - remarks.length));
}

/** Notes what became of one task. */
export function note(report: Report, line: number, result: LineResult): void {
  const place = result.source ?? `line ${line}`;
  if (result.status === 201) report.imported += 1;
  else if (result.status === 200) report.present += 1;
  else refuse(report, place, reasonsOf(result));
  report.reminders += result.reminders ?? 0;
  const lost = (result.lost ?? []).map(({ field, value, why }) => ({
    place,
    words: value === '' ? `${field}: ${why}` : `${field} “${value}”: ${why}`,
  }));
  add(report.lost, lost);
}

/** Notes that a task was refused. */
export function refuse(report: Report, place: string, reasons: readonly string[]): void {
  report.refusedTasks += 1;
  add(
    report.refused,
    reasons.map((words) => ({ place, words })),
  );
}

function reasonsOf({ problem, status }: LineResult): string[] {
  const errors = problem?.errors ?? [];
  if (errors.length > 0) return errors.map(({ field, detail }) => `${field}: ${detail}`);
  return [problem?.detail ?? problem?.title ?? `status ${status}`];
}

/** Notes what else the file held. */
export function noteRest(report: Report, { left_out }: ImportReport): void {
  report.leftOut = left_out ?? [];
}

const numbers = new Intl.NumberFormat('en');
const counted = (count: number, one: string, many: string): string =>
  `${numbers.format(count)} ${count === 1 ? one : many}`;

/** `12 imported, 3 already there, 1 refused`; what there is none of is left out, but for the first. */
export function inWords(report: Report): string {
  const parts = [`${numbers.format(report.imported)} imported`];
  if (report.present > 0) parts.push(`${numbers.format(report.present)} already there`);
  if (report.refusedTasks > 0) parts.push(`${numbers.format(report.refusedTasks)} refused`);
  if (report.reminders > 0) parts.push(counted(report.reminders, 'reminder', 'reminders'));
  return parts.join(', ');
}

/** All of it as a text to keep. */
export function asText(name: string, report: Report): string {
  const lines = (remarks: readonly Remark[]) => remarks.map(({ place, words }) => `${place}: ${words}`);
  const part = (title: string, remarks: readonly string[]) =>
    remarks.length === 0 ? [] : ['', title, ...remarks];
  return [
    `${name}: ${inWords(report)}`,
    ...part('Refused', lines(report.refused)),
    ...part('Not carried', lines(report.lost)),
    ...part(
      'Left out',
      report.leftOut.map(({ what, count }) => `${what} (${count})`),
    ),
    '',
  ].join('\n');
}
