/** A day of the calendar, `2026-12-01`. Days compare as text. */
export type Day = string;

const pad = (number: number): string => String(number).padStart(2, '0');

/** The day of an instant, where this browser is. */
export function dayOf(instant: Date): Day {
  return `${instant.getFullYear()}-${pad(instant.getMonth() + 1)}-${pad(instant.getDate())}`;
}

/** The day that is so many days after another. */
export function addDays(day: Day, days: number): Day {
  const noon = noonOf(day);
  noon.setDate(noon.getDate() + days);
  return dayOf(noon);
}

/** Noon of a day here: an instant that is on this day whatever the clocks do at midnight. */
export function noonOf(day: Day): Date {
  return new Date(`${day}T12:00:00`);
}

/** How many days after `from` a day is; negative before it. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** It is a day that there is. */
export function isDay(text: string): text is Day {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;
}
