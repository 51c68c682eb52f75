/** Sends a file to the server, in portions, until it has answered for all of it. */
import { api, dataOf } from '../api/client';
import { ApiProblem } from '../api/problem';
import type { ImportReport, LineResult } from '../api/types';
import { MEDIA_TYPES, type Kind } from './kinds';
import { Cutter, inPortions, type Line } from './portions';
import { bytesOf, piecesOf, wholeOf } from './reading';
import { emptyReport, note, noteRest, refuse, type Report } from './report';

/** What the server takes of another program's file; it cannot be cut without reading it. */
const FILE_BYTES_MAX = 1024 * 1024;

/** What the server cannot take now is sent again after these. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 8000];

/** The file cannot be imported; what was imported until then stays. */
export class FileProblem extends Error {}

export interface Importing {
  kind: Kind;
  /** Of times in the file that name none. */
  timeZone: string;
  signal: AbortSignal;
  /** What became of it so far, and which part of the file that is, from 0 to 1. */
  onProgress: (report: Report, fraction: number) => void;
}

/** Imports a file to its end. Fails with a `FileProblem` or an `ApiProblem`, or as the signal says. */
export async function importFile(file: Blob, importing: Importing): Promise<Report> {
  const report = emptyReport();
  let fraction = 0;
  const stream = await bytesOf(file, (bytes) => (fraction = bytes / file.size));
  const tell = (part = fraction) => importing.onProgress(report, part);
  if (importing.kind === 'jsonl') await importLines(stream, importing, report, tell);
  else await importWhole(stream, importing, report, tell);
  tell(1);
  return report;
}

const isPassing = (status: number): boolean => status === 429 || status >= 500;

async function importLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  importing: Importing,
  report: Report,
  tell: () => void,
): Promise<void> {
  const cutter = new Cutter();
  let waiting: Line[] = [];
  const send = async ({ lines, tooLong }: { lines: Line[]; tooLong: number[] }, isLast = false) => {
    for (const number of tooLong) refuse(report, `line ${number}`, ['the line is over 1 MiB']);
    waiting.push(...(await sendLines(lines, importing, report, isLast)));
    tell();
  };
  for await (const piece of piecesOf(stream)) {
    for (const portion of cutter.push(piece)) await send(portion);
  }
  for (const portion of cutter.end()) await send(portion);
  // Those below a task that came later in the file; as long as that brings some of them in.
  for (let before = Infinity; waiting.length > 0;) {
    const isLast = waiting.length === before;
    before = waiting.length;
    const again = waiting;
    waiting = [];
    for (const lines of inPortions(again)) await send({ lines, tooLong: [] }, isLast);
  }
}

/** Sends lines; those that wait for the task below which they are to stand are given back, unless it is the last time. */
async function sendLines(
  lines: Line[],
  importing: Importing,
  report: Report,
  isLast: boolean,
): Promise<Line[]> {
  const waiting: Line[] = [];
  let left = lines;
  for (let attempt = 0; left.length > 0; attempt += 1) {
    const sent = left;
    const body = new Blob(sent.flatMap(({ bytes }) => [bytes, '\n']));
    const { results } = await post(body, {}, importing);
    left = [];
    for (const result of results) {
      const line = sent[result.line - 1];
      if (!line) continue;
      if (isPassing(result.status) && attempt < PAUSES_MS.length) left.push(line);
      else if (!isLast && waitsForParent(result)) waiting.push(line);
      else note(report, line.number, result);
    }
    if (left.length > 0) await pause(PAUSES_MS[attempt] ?? 0, importing.signal);
  }
  return waiting;
}

function waitsForParent({ status, problem }: LineResult): boolean {
  const errors = problem?.errors ?? [];
  return status === 422 && errors.length > 0 && errors.every(({ field }) => field === 'parent_id');
}

async function importWhole(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  importing: Importing,
  report: Report,
  tell: (fraction: number) => void,
): Promise<void> {
  const body = await wholeOf(stream, FILE_BYTES_MAX);
  if (body === null)
    throw new FileProblem(
      'It has over 1 MiB, the most that is imported here; `tasklog import` takes 256 MiB',
    );
  let from: number | null = 1;
  while (from !== null) {
    const answer = await sendPart(body, from, importing);
    for (const result of answer.results) note(report, result.line, result);
    noteRest(report, answer);
    from = answer.next ?? null;
    tell(from === null ? 1 : (from - 1) / (answer.tasks ?? from));
  }
}

/** Has the tasks from one on imported: sent again until none of them is refused for now. */
async function sendPart(body: Blob, from: number, importing: Importing): Promise<ImportReport> {
  const done = new Map<number, LineResult>();
  for (let attempt = 0; ; attempt += 1) {
    const answer = await post(body, { time_zone: importing.timeZone, from }, importing);
    for (const result of answer.results)
      // What was imported a moment ago is there already now.
      if (done.get(result.line)?.status !== 201) done.set(result.line, result);
    const wait = PAUSES_MS[attempt];
    const isDone = ![...done.values()].some(({ status }) => isPassing(status));
    if (isDone || wait === undefined) return { ...answer, results: [...done.values()] };
    await pause(wait, importing.signal);
  }
}

async function post(
  body: Blob,
  query: { time_zone?: string; from?: number },
  { kind, signal }: Importing,
): Promise<ImportReport> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const call = api.POST('/tasks/import', {
        params: { query: { format: kind, ...query } },
        headers: { 'Content-Type': MEDIA_TYPES[kind] },
        // The contract says text; it goes as it is in the file.
        body: body as unknown as string,
        bodySerializer: (sent) => sent,
        signal,
      });
      return await dataOf(call);
    } catch (problem) {
      const wait = PAUSES_MS[attempt];
      const isLater = problem instanceof ApiProblem && problem.isTransient;
      if (!isLater || wait === undefined || signal.aborted) throw problem;
      await pause(wait, signal);
    }
  }
}

/** Waits, unless somebody stops it. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
