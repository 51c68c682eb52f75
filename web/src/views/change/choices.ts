/** What can be chosen for tasks. */
import type { TagCount } from '../../api/types';
import { hasWords } from '../../components/find';
import { addDays, isDay, noonOf, type Day } from '../../time/day';

export interface DayChoice {
  words: string;
  day: Day | null;
}

/** The next day of the week after today; 0 is Sunday. */
function nextWeekday(today: Day, weekday: number): Day {
  const ahead = (weekday - noonOf(today).getDay() + 6) % 7;
  return addDays(today, ahead + 1);
}

/** The days that are chosen most; a whole date that is typed is one too. */
export function dayChoices(today: Day, query: string): DayChoice[] {
  const typed = query.trim();
  if (isDay(typed)) return [{ words: typed, day: typed }];
  const choices: DayChoice[] = [
    { words: 'Today', day: today },
    { words: 'Tomorrow', day: addDays(today, 1) },
    { words: 'Saturday, the weekend', day: nextWeekday(today, 6) },
    { words: 'Monday, next week', day: nextWeekday(today, 1) },
    { words: 'In a week', day: addDays(today, 7) },
    { words: 'In four weeks', day: addDays(today, 28) },
    { words: 'No due date', day: null },
  ];
  return choices.filter(({ words }) => hasWords(words, typed));
}

export interface TagChoice {
  tag: string;
  /** How many of the tasks have it. */
  having: number;
  /** No task has it yet. */
  isNew: boolean;
}

const TAG_CHARACTERS_MAX = 64;
const TAGS_SHOWN = 50;

/** The tags that tasks may be given or lose: their own first, then those in use, then what is typed. */
export function tagChoices(
  rows: readonly { tags: string[] }[],
  inUse: readonly TagCount[],
  query: string,
): TagChoice[] {
  const having = new Map<string, number>();
  for (const { tags } of rows) for (const tag of tags) having.set(tag, (having.get(tag) ?? 0) + 1);
  const others = inUse.toSorted((one, other) => other.count - one.count).map(({ tag }) => tag);
  const all = [...new Set([...having.keys(), ...others])];
  const typed = query.trim().replace(/^#/, '');
  const found = all
    .filter((tag) => hasWords(tag, typed))
    .slice(0, TAGS_SHOWN)
    .map((tag) => ({ tag, having: having.get(tag) ?? 0, isNew: false }));
  const isNew = typed !== '' && typed.length <= TAG_CHARACTERS_MAX && !all.includes(typed);
  return isNew ? [...found, { tag: typed, having: 0, isNew: true }] : found;
}
