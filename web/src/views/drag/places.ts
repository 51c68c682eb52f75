/** Where something that is dragged may be dropped: whatever on the page stands for a day. */
import { dayChoices, type DayChoice } from '../change/choices';
import type { Day } from '../../time/day';
import { dayInWords } from '../../time/words';

/** What stands for tasks without a due date; a day stands for itself. */
export const NO_DAY = 'none';

/** The day that a group of a list is about, `null` for none; `undefined` where nothing can be moved: to be overdue is no day. */
export function dayOfGroup(group: string | undefined): Day | null | undefined {
  if (group === NO_DAY) return null;
  return group !== undefined && /^\d{4}-/.test(group) ? group : undefined;
}

export function placeInWords(day: Day | null, today: Day): string {
  return day === null ? 'No due date' : dayInWords(day, today);
}

/** Days to drop on that the list may not show; each once. */
export function daysToDropOn(today: Day): DayChoice[] {
  const all = dayChoices(today, '');
  return all.filter(({ day }, at) => all.findIndex((other) => other.day === day) === at);
}

const EDGE_PX = 56;
const STEP_MAX_PX = 18;

/** How far a list scrolls in a frame while something is held near its edges: the nearer, the farther. */
export function scrollStep(y: number, top: number, bottom: number): number {
  const into = (depth: number) => Math.min(1, Math.max(0, depth / EDGE_PX)) * STEP_MAX_PX;
  const step = into(y - (bottom - EDGE_PX)) - into(top + EDGE_PX - y);
  return Math.round(step);
}
