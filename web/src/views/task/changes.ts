/** What happened to a task, in words. */
import type { HistoryItem, Priority, Recurrence, Status } from '../../api/types';
import type { Day } from '../../time/day';
import { dayInWords, wallTimeInWords } from '../../time/words';
import { PRIORITY_WORDS, STATUS_WORDS } from '../list/words';

/** One change of a field: what there was and what there is. */
export interface Change {
  name: string;
  from: string;
  to: string;
  /** It was changed for this occurrence alone. */
  onlyThis: boolean;
}

const HAPPENED: Record<string, string> = {
  'task.created': 'created it',
  'task.updated': 'changed it',
  'task.completed': 'completed it',
  'task.reopened': 'opened it again',
  'task.deleted': 'deleted it',
  'task.restored': 'restored it',
  'task.occurrence_skipped': 'skipped an occurrence',
};

/** Who did what: `Someone changed it`. */
export function deedInWords({ actor, type }: Pick<HistoryItem, 'actor' | 'type'>): string {
  const who = actor === 'anonymous' ? 'Someone' : actor;
  return `${who} ${HAPPENED[type] ?? type.replace('task.', '').replaceAll('_', ' ')}`;
}

/** The last thing that happened to a task, oldest first, is that it was deleted. */
export function wasDeleted(items: readonly Pick<HistoryItem, 'type'>[]): boolean {
  return items.at(-1)?.type === 'task.deleted';
}

/** The title that a task had last, by what happened to it. */
export function lastTitle(items: readonly Pick<HistoryItem, 'changes'>[]): string | undefined {
  const titles = items.flatMap(({ changes }) => (changes as Sides).title?.to ?? []);
  const last = titles.at(-1);
  return typeof last === 'string' ? last : undefined;
}

export const NONE = 'none';
const TEXT_LENGTH_MAX = 120;

const shortened = (text: string): string =>
  text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text;

/** Due, as a task or a change has it. */
export interface DueFields {
  due_date?: string | null | undefined;
  due_at?: string | null | undefined;
  time_zone?: string | null | undefined;
}

/** A day or a wall time with its zone, in words. */
export function dueFieldsInWords({ due_date, due_at, time_zone }: DueFields, today: Day): string {
  if (due_date) return dayInWords(due_date, today);
  if (!due_at) return NONE;
  return [dayInWords(due_at.slice(0, 10), today), wallTimeInWords(due_at), time_zone]
    .filter(Boolean)
    .join(' ');
}

/** How a task repeats, by its rule. */
export function recurrenceInWords(pattern: Partial<Recurrence> | null | undefined): string {
  if (!pattern?.rrule) return NONE;
  return pattern.from === 'completion' ? `${pattern.rrule}, counted from completion` : pattern.rrule;
}

type Sides = Record<string, { from: unknown; to: unknown } | undefined>;

/** The fields that changed, in words; what follows from others or is of no use to people is left out. */
export function changesOf(item: HistoryItem, today: Day): Change[] {
  const sides = item.changes as Sides;
  const only = item.only_this ?? [];
  const found: Change[] = [];
  const note = (name: string, member: string, words: (value: unknown) => string) => {
    const side = sides[member];
    if (!side) return;
    const [from, to] = [words(side.from), words(side.to)];
    if (from !== to) found.push({ name, from, to, onlyThis: only.includes(member) });
  };
  note('Title', 'title', text);
  note('Description', 'description', text);
  note('Status', 'status', (value) => (value === null ? NONE : STATUS_WORDS[value as Status]));
  note('Priority', 'priority', (value) =>
    value === null || value === 'none' ? NONE : PRIORITY_WORDS[value as Priority],
  );
  note('Tags', 'tags', (value) => ((value as string[] | null) ?? []).join(', ') || NONE);
  const due = dueChange(sides, today);
  if (due) found.push(due);
  note('Repeats', 'recurrence_pattern', (value) => recurrenceInWords(value as Recurrence | null));
  note('Part of', 'parent_id', (value) => (value === null ? NONE : 'another task'));
  if (sides.rank) found.push({ name: 'Place', from: '', to: 'moved among its neighbours', onlyThis: false });
  return item.type === 'task.created'
    ? found.filter(({ name }) => name !== 'Status' && name !== 'Place')
    : found;
}

const text = (value: unknown): string =>
  typeof value === 'string' && value !== '' ? shortened(value) : NONE;

/** The three members that say when it is due are one field. */
function dueChange(sides: Sides, today: Day): Change | null {
  const members = ['due_date', 'due_at', 'time_zone'] as const;
  if (members.every((member) => sides[member] === undefined)) return null;
  const side = (which: 'from' | 'to') =>
    Object.fromEntries(members.map((member) => [member, sides[member]?.[which]])) as DueFields;
  if (!sides.due_date && !sides.due_at) {
    const zone = sides.time_zone;
    return { name: 'Time zone', from: text(zone?.from), to: text(zone?.to), onlyThis: false };
  }
  return {
    name: 'Due',
    from: dueFieldsInWords(side('from'), today),
    to: dueFieldsInWords(side('to'), today),
    onlyThis: false,
  };
}
