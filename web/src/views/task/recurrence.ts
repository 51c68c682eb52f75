/** Recurrence rules (RFC 5545) that a few fields can say. All others are written as they are. */

export const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface SimpleRule {
  frequency: Frequency;
  /** Every so many days, weeks, months or years. */
  interval: number;
  /** Of a week: on these days; on that of the due date where there are none. */
  weekdays: Weekday[];
  /** Of a month: on its last day. */
  lastDay: boolean;
}

export const EVERY_DAY: SimpleRule = { frequency: 'DAILY', interval: 1, weekdays: [], lastDay: false };

const isFrequency = (text: string): text is Frequency => (FREQUENCIES as readonly string[]).includes(text);
const isWeekday = (text: string): text is Weekday => (WEEKDAYS as readonly string[]).includes(text);

/** Reads a rule; `null` for one that says more than the fields can. */
export function readRule(rule: string): SimpleRule | null {
  const parts = new Map(
    rule
      .toUpperCase()
      .split(';')
      .map((part) => part.split('=') as [string, string]),
  );
  const frequency = parts.get('FREQ') ?? '';
  const interval = Number(parts.get('INTERVAL') ?? 1);
  const weekdays = parts.get('BYDAY')?.split(',') ?? [];
  const lastDay = parts.get('BYMONTHDAY') === '-1';
  if (!isFrequency(frequency) || !Number.isInteger(interval) || interval < 1 || !weekdays.every(isWeekday))
    return null;
  const said = ['FREQ', 'INTERVAL'];
  if (frequency === 'WEEKLY') said.push('BYDAY');
  if (frequency === 'MONTHLY' && lastDay) said.push('BYMONTHDAY');
  return [...parts.keys()].every((name) => said.includes(name))
    ? { frequency, interval, weekdays: WEEKDAYS.filter((day) => weekdays.includes(day)), lastDay }
    : null;
}

/** Writes a rule. */
export function writeRule({ frequency, interval, weekdays, lastDay }: SimpleRule): string {
  const parts = [`FREQ=${frequency}`];
  if (interval > 1) parts.push(`INTERVAL=${interval}`);
  if (frequency === 'WEEKLY' && weekdays.length > 0) parts.push(`BYDAY=${weekdays.join(',')}`);
  if (frequency === 'MONTHLY' && lastDay) parts.push('BYMONTHDAY=-1');
  return parts.join(';');
}

const UNITS: Record<Frequency, string> = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' };

/** What the number before it counts: `week`, `weeks`. */
export function unitOf({ frequency, interval }: SimpleRule): string {
  return interval === 1 ? UNITS[frequency] : `${UNITS[frequency]}s`;
}

export const WEEKDAY_WORDS: Record<Weekday, string> = {
  MO: 'Mon',
  TU: 'Tue',
  WE: 'Wed',
  TH: 'Thu',
  FR: 'Fri',
  SA: 'Sat',
  SU: 'Sun',
};
