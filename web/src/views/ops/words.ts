const number = new Intl.NumberFormat('en');

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A count, in digits. */
export const countInWords = (count: number): string => number.format(count);

/** A count that goes no further than `max`. */
export function upTo(count: number, max: number): string {
  return count >= max ? `${number.format(max)} or more` : number.format(count);
}

/** A length of time in its greatest unit: `0.4 s`, `12 s`, `3 min`, `26 h`, `5 days`. */
export function secondsInWords(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 9.95) return `${Math.max(0.1, seconds).toFixed(1)} s`;
  if (seconds < 2 * MINUTE) return `${Math.round(seconds)} s`;
  if (seconds < 2 * HOUR) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${Math.round(seconds / HOUR)} h`;
  return `${number.format(Math.round(seconds / DAY))} days`;
}

/** How far an instant is from `now`: `in 3 min`, `5 days ago`, `now`. */
export function fromNow(instant: string, now: number): string {
  const seconds = (Date.parse(instant) - now) / 1_000;
  if (Math.abs(seconds) < 1) return 'now';
  const length = secondsInWords(Math.abs(seconds));
  return seconds > 0 ? `in ${length}` : `${length} ago`;
}

const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});

/** The time of day of an instant, here, to the millisecond. */
export const clockInWords = (instant: string): string => clock.format(new Date(instant));

/** JSON, spread out to be read; anything else as it is. */
export function spreadOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Cut off, or never JSON.
    return text;
  }
}
