/** Changes that are made to any number of tasks alike, and what each means for one of them. */
import type { Operation, Priority, TaskPatch } from '../api/types';
import { dayOf, type Day } from '../time/day';
import { instantOf } from '../time/zone';
import type { TaskIntent } from './intent';
import type { TaskRow } from './row';

export type Change =
  | { kind: 'complete' | 'reopen' }
  | { kind: 'delete' }
  | { kind: 'priority'; priority: Priority }
  /** The day alone: who is due at a time of day still is. `null` takes the due date away. */
  | { kind: 'due'; day: Day | null }
  | { kind: 'tag'; tag: string; has: boolean };

/** What a change makes of the fields of a task; `null` where they are so already. */
export function patchOf(change: Exclude<Change, { kind: 'delete' }>, row: TaskRow): TaskPatch | null {
  switch (change.kind) {
    case 'complete':
      return row.status === 'completed' ? null : { status: 'completed' };
    case 'reopen':
      return row.status === 'pending' ? null : { status: 'pending' };
    case 'priority':
      return row.priority === change.priority ? null : { priority: change.priority };
    case 'due':
      return dueOn(change.day, row);
    case 'tag':
      if (row.tags.includes(change.tag) === change.has) return null;
      return {
        tags: change.has ? [...row.tags, change.tag] : row.tags.filter((other) => other !== change.tag),
      };
  }
}

function dueOn(day: Day | null, row: TaskRow): TaskPatch | null {
  if (day === null) {
    if (row.due_at !== null) return { due_at: null, time_zone: null };
    return row.due_date === null ? null : { due_date: null };
  }
  if (row.due_at === null) return row.due_date === day ? null : { due_date: day };
  const due_at = day + row.due_at.slice(10);
  return due_at === row.due_at ? null : { due_at };
}

/** The change of one task as an intent; `null` where it would change nothing. It is for the version that was seen. */
export function intentOf(change: Change, row: TaskRow): TaskIntent | null {
  const { id, version } = row;
  if (change.kind === 'delete') return { kind: 'delete', id, version };
  const patch = patchOf(change, row);
  if (patch === null) return null;
  if (change.kind === 'complete' || change.kind === 'reopen') return { kind: change.kind, id, version };
  return { kind: 'update', id, version, patch };
}

/** The same as an operation among many. */
export function operationOf(change: Change, row: TaskRow): Operation | null {
  const { id, version } = row;
  if (change.kind === 'delete') return { op: 'delete', id, if_match: version };
  const patch = patchOf(change, row);
  return patch && { op: 'update', id, if_match: version, patch };
}

/** The task after the change, as the server will have it; `null` when it is deleted. */
export function rowAfter(change: Change, row: TaskRow, version: number): TaskRow | null {
  if (change.kind === 'delete') return null;
  const { status, priority, tags, due_date, due_at, time_zone } = patchOf(change, row) ?? {};
  const after: TaskRow = {
    ...row,
    version,
    ...(status && { status }),
    ...(priority && { priority }),
    ...(tags && { tags }),
    ...(due_date !== undefined && { due_date }),
    ...(due_at !== undefined && { due_at }),
    ...(time_zone !== undefined && { time_zone }),
  };
  const due =
    after.due_at !== null && after.time_zone !== null ? instantOf(after.due_at, after.time_zone) : null;
  return { ...after, due_utc: due?.toISOString() ?? null, day: due ? dayOf(due) : after.due_date };
}

const PRIORITY_DONE: Record<Priority, string> = {
  urgent: 'made urgent',
  high: 'set to high priority',
  medium: 'set to medium priority',
  low: 'set to low priority',
  none: 'left without a priority',
};

/** What was done, or was not, to the tasks. */
export function doneWords(change: Change): string {
  switch (change.kind) {
    case 'complete':
      return 'completed';
    case 'reopen':
      return 'opened again';
    case 'delete':
      return 'deleted';
    case 'priority':
      return PRIORITY_DONE[change.priority];
    case 'due':
      return change.day === null ? 'left without a due date' : 'moved to another day';
    case 'tag':
      return change.has ? `tagged ${change.tag}` : `stripped of ${change.tag}`;
  }
}
