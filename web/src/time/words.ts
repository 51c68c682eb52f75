import { addDays, dayOf, daysBetween, noonOf, type Day } from './day';

const languages = 'navigator' in globalThis ? navigator.languages : [];

/** The page speaks English; days and times are written as the reader's English has them. */
const LOCALE = languages.find((language) => language.startsWith('en')) ?? 'en';

const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(LOCALE, options);

function makeFormats() {
  // Their clock has twelve hours or 24, as where they live, whatever language it is told in.
  const { hourCycle } = new Intl.DateTimeFormat(languages[0], { hour: 'numeric' }).resolvedOptions();
  const clock = hourCycle === undefined ? {} : { hourCycle };
  return {
    weekday: format({ weekday: 'long' }),
    dayAndMonth: format({ day: 'numeric', month: 'short' }),
    withYear: format({ day: 'numeric', month: 'short', year: 'numeric' }),
    withWeekday: format({ weekday: 'short', day: 'numeric', month: 'short' }),
    timeOfDay: format({ hour: 'numeric', minute: '2-digit', ...clock }),
    whole: format({ dateStyle: 'full' }),
    instant: format({ dateStyle: 'medium', timeStyle: 'short', ...clock }),
  };
}

let made: ReturnType<typeof makeFormats> | null = null;

/** The formats, once they are needed, or before: the first one takes a browser longer than all that is written with them. */
export function formats(): ReturnType<typeof makeFormats> {
  made ??= makeFormats();
  return made;
}

/** A day in the words of somebody who stands in `today`: Yesterday, Today, Tomorrow, Friday, 12 Dec, 12 Dec 2027. */
export function dayInWords(day: Day, today: Day): string {
  const ahead = daysBetween(today, day);
  if (ahead === -1) return 'Yesterday';
  if (ahead === 0) return 'Today';
  if (ahead === 1) return 'Tomorrow';
  const noon = noonOf(day);
  if (ahead > 1 && ahead < 7) return formats().weekday.format(noon);
  return day.slice(0, 4) === today.slice(0, 4)
    ? formats().dayAndMonth.format(noon)
    : formats().withYear.format(noon);
}

/** The heading of a day in a list: the word for it and which one it is. */
export function dayHeading(day: Day, today: Day): { word: string; date: string | null } {
  const ahead = daysBetween(today, day);
  const noon = noonOf(day);
  if (ahead >= -1 && ahead <= 1)
    return { word: dayInWords(day, today), date: formats().withWeekday.format(noon) };
  if (ahead > 1 && ahead < 7)
    return { word: formats().weekday.format(noon), date: formats().dayAndMonth.format(noon) };
  const sameYear = day.slice(0, 4) === today.slice(0, 4);
  return {
    word: sameYear ? formats().withWeekday.format(noon) : formats().withYear.format(noon),
    date: null,
  };
}

/** When something is due: its day in words and, where it has one, its time here. */
export function dueInWords(due: { day: Day | null; due_utc: string | null }, today: Day): string | null {
  if (due.day === null) return null;
  const word = dayInWords(due.day, today);
  return due.due_utc === null ? word : `${word} ${timeInWords(due.due_utc)}`;
}

/** The time of day of an instant, here. */
export function timeInWords(utc: string): string {
  return formats().timeOfDay.format(new Date(utc));
}

/** The time of day of a wall time, wherever its zone is. */
export function wallTimeInWords(wall: string): string {
  return formats().timeOfDay.format(new Date(wall));
}

/** A day, spelled out. */
export function wholeDay(day: Day): string {
  return formats().whole.format(noonOf(day));
}

/** An instant, spelled out. */
export function instantInWords(utc: string): string {
  return formats().instant.format(new Date(utc));
}

/** For how many milliseconds `now` is still the same day. */
export function untilMidnight(now: Date): number {
  return new Date(`${addDays(dayOf(now), 1)}T00:00:00`).getTime() - now.getTime();
}
