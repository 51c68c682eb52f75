/** Orders of lists, as the server has them, so that a task finds its place in one without reading it again. */
import type { Priority } from '../api/types';
import type { TasksQuery } from './keys';
import type { TaskRow } from './row';

export type Compare = (one: TaskRow, other: TaskRow) => number;

const RANKS: Record<Priority, number> = { none: 0, low: 1, medium: 2, high: 3, urgent: 4 };

/** Case and accents do not count. */
const folded = (title: string): string => title.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** The instant that a task is due; a whole day is over with its last second, in UTC. `null`: never. */
function dueInstant({ due_utc, due_date }: TaskRow): number | null {
  if (due_utc) return Date.parse(due_utc);
  return due_date ? Date.parse(`${due_date}T23:59:59Z`) : null;
}

const KEYS: Record<string, (task: TaskRow) => number | string | null> = {
  created_at: (task) => Date.parse(task.created_at),
  updated_at: (task) => Date.parse(task.updated_at),
  due: dueInstant,
  priority: (task) => RANKS[task.priority],
  title: (task) => folded(task.title),
};

/** The order of a list; `null` where the server alone knows how well a task matches. */
export function orderOf({ sort, q }: TasksQuery): Compare | null {
  const asked = sort ?? (q ? 'relevance' : '-created_at');
  const descending = asked.startsWith('-');
  const keyOf = KEYS[descending ? asked.slice(1) : asked];
  if (!keyOf) return null;
  const direction = descending ? -1 : 1;
  return (one, other) => {
    const [a, b] = [keyOf(one), keyOf(other)];
    // Those without a due date come last both ways.
    if (a === null || b === null) {
      if (a !== b) return a === null ? 1 : -1;
    } else if (a !== b) {
      return a < b ? -direction : direction;
    }
    return one.id === other.id ? 0 : one.id < other.id ? -direction : direction;
  };
}
