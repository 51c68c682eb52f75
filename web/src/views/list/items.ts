/** A list as it stands on the screen: headings, tasks and what leads on. */
import type { TaskRow } from '../../tasks/row';
import { isOpen } from '../../tasks/row';
import type { Day } from '../../time/day';
import { dayHeading } from '../../time/words';

export type ListItem =
  | {
      kind: 'heading';
      key: string;
      /** Of a list by day: the day, or what is told for those that are overdue or have none. */
      group: string | null;
      word: string;
      date: string | null;
      count: string | null;
      late: boolean;
    }
  | { kind: 'task'; key: string; group: string | null; task: TaskRow; position: number }
  | { kind: 'link'; key: string; words: string; href: string }
  | { kind: 'loading'; key: string };

/** A part of the list with what has been read of it. */
export interface Part {
  rows: TaskRow[];
  /** How many there are in all, where that is known. */
  total: number | null;
  totalIsExact: boolean;
  /** There are more than were read. */
  hasMore: boolean;
  preview: { rows: number; href: string } | null;
}

/** How many lines stand for what is still being read. */
const LOADING_LINES = 6;

const LATE = 'late';
const NO_DAY = 'none';

/** The heading that a task stands under: its day, or with others one that is overdue. */
function groupOf(task: TaskRow, today: Day): string {
  if (task.day === null) return NO_DAY;
  return task.day < today && isOpen(task) ? LATE : task.day;
}

/** As English writes it; a browser's own format takes longer to make than all else that a list needs. */
const inDigits = (number: number): string => String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');

/** How many there are, in digits: `1,204`, or `100,000+`. */
export function countInDigits(part: Pick<Part, 'total' | 'totalIsExact'>): string | null {
  if (part.total === null) return null;
  return `${inDigits(part.total)}${part.totalIsExact ? '' : '+'}`;
}

function headingOf(group: string, today: Day, count: string | null): ListItem {
  const heading = {
    kind: 'heading' as const,
    key: `heading-${group}`,
    group,
    late: group === LATE,
    count,
    date: null,
  };
  if (group === LATE) return { ...heading, word: 'Overdue' };
  if (group === NO_DAY) return { ...heading, word: 'No due date' };
  return { ...heading, ...dayHeading(group, today) };
}

/** Lines up the parts of a list, by day where `byDay`. */
export function itemsOf(parts: readonly Part[], byDay: boolean, today: Day): ListItem[] {
  const items: ListItem[] = [];
  let position = 0;
  let group: string | null = null;
  for (const part of parts) {
    const rows = part.preview ? part.rows.slice(0, part.preview.rows) : part.rows;
    const count = part.preview ? countInDigits(part) : null;
    for (const task of rows) {
      const next = byDay ? groupOf(task, today) : null;
      if (next !== null && next !== group) items.push(headingOf(next, today, count));
      group = next;
      position += 1;
      items.push({ kind: 'task', key: task.id, group, task, position });
    }
    if (part.preview) {
      const { href } = part.preview;
      const hidden = (part.total ?? part.rows.length) - rows.length;
      if (hidden > 0) {
        const words = `${inDigits(hidden)}${part.totalIsExact ? '' : '+'} more overdue`;
        items.push({ kind: 'link', key: `link-${href}`, words, href });
      }
    } else if (part.hasMore) {
      for (let line = 0; line < LOADING_LINES; line += 1)
        items.push({ kind: 'loading', key: `loading-${line}` });
    }
  }
  return items;
}
