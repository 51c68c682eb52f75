/**
 * What pending writes make of what was read. Nothing of it is in the cache: once a write is confirmed or refused, its part of the
 * overlay is gone, and whatever else happened to the task meanwhile is there.
 */
import type { Task, TaskPatch } from '../api/types';
import { dayOf } from '../time/day';
import { TIME_ZONE } from '../time/useToday';
import { instantOf } from '../time/zone';
import { taskOf, type TaskIntent } from './intent';
import type { TasksQuery } from './keys';
import { finder, listed } from './listing';
import type { PendingWrite } from './pending';
import type { RowPages } from './queries';
import type { TaskRow } from './row';

type Due = Pick<Task, 'due_date' | 'due_at' | 'time_zone' | 'due_utc'>;
const NO_DUE: Due = { due_date: null, due_at: null, time_zone: null, due_utc: null };

/** What a patch makes of the due fields; `null` where it says nothing of them. */
function dueAfter(before: Due, patch: TaskPatch): Due | null {
  if (patch.due_date) return { ...NO_DUE, due_date: patch.due_date };
  const at = patch.due_at === undefined ? before.due_at : patch.due_at;
  const zone = patch.time_zone === undefined ? before.time_zone : patch.time_zone;
  if (patch.due_at === undefined && patch.time_zone === undefined) {
    return patch.due_date === null ? NO_DUE : null;
  }
  if (at === null) return NO_DUE;
  const time_zone = zone ?? TIME_ZONE;
  return { due_date: null, due_at: at, time_zone, due_utc: utcOf(at, time_zone) };
}

/** The instant of a wall time; `null` where it is none, or no browser knows its zone: the server has the last word. */
function utcOf(wall: string, zone: string): string | null {
  try {
    // A browser's own zone costs nothing to ask.
    return (zone === TIME_ZONE ? new Date(wall) : instantOf(wall, zone)).toISOString();
  } catch {
    return null;
  }
}

/** What a change of some fields hangs on, besides those. */
type Before = Due & Pick<Task, 'recurrence_pattern'>;

/** How a task repeats after a patch, which names what changes of it. */
function recurrenceAfter(
  { recurrence_pattern: held }: Before,
  patch: NonNullable<TaskPatch['recurrence_pattern']> | null,
) {
  return patch && ({ ...held, ...patch } as Task['recurrence_pattern']);
}

/** The fields of a task that a patch changes, as they are after it. */
function patched(before: Before, patch: TaskPatch): Partial<Task> {
  const { title, description, status, priority, tags, parent_id, rank, recurrence_pattern } = patch;
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description: description ?? '' }),
    ...(status !== undefined && { status }),
    ...(priority !== undefined && { priority: priority ?? 'none' }),
    ...(tags !== undefined && { tags: tags ?? [] }),
    ...(parent_id !== undefined && { parent_id }),
    ...(rank !== undefined && { rank }),
    ...(recurrence_pattern !== undefined && {
      recurrence_pattern: recurrenceAfter(before, recurrence_pattern),
    }),
    ...dueAfter(before, patch),
  };
}

/** What an intent changes, as far as the page can tell; `null`: the task goes. */
function intended(before: Before, intent: TaskIntent): Partial<Task> | null {
  switch (intent.kind) {
    case 'update':
      return patched(before, intent.patch);
    case 'complete':
      return { status: 'completed' };
    case 'reopen':
      return { status: 'pending', completed_at: null };
    case 'delete':
      return null;
    default:
      return {};
  }
}

/** A row after an intent. */
export function intendedRow(row: TaskRow, intent: TaskIntent): TaskRow | null {
  const changes = intended(row, intent);
  if (changes === null) return null;
  const { description, ...fields } = changes;
  const after = { ...row, ...fields };
  const noted = description === undefined ? row.noted : description !== '';
  const day = after.due_utc ? dayOf(new Date(after.due_utc)) : (after.due_date ?? null);
  return { ...after, noted, day };
}

/** A task with the pending writes to it. One that is being deleted is there until it is. */
export function withPending(task: Task, pending: readonly PendingWrite[]): Task {
  let shown = task;
  for (const { intent } of pending) {
    if (taskOf(intent) === task.id) shown = { ...shown, ...intended(shown, intent) };
  }
  return shown;
}

/** A task is being deleted. */
export function isGoing(id: string, pending: readonly PendingWrite[]): boolean {
  return pending.some(({ intent }) => intent.kind === 'delete' && intent.id === id);
}

/** A list with the pending writes. `rowOf` knows the rows of other lists, from which a task may come into this one. */
export function listWithPending(
  query: TasksQuery,
  data: RowPages,
  pending: readonly PendingWrite[],
  rowOf: (id: string) => TaskRow | undefined,
): RowPages {
  const rows = new Map<string, TaskRow | null>();
  const heldOf = finder([data], pending.length);
  for (const { intent, waiting } of pending) {
    const id = taskOf(intent);
    if (id === null) continue;
    const before = rows.has(id) ? (rows.get(id) ?? null) : (heldOf(id) ?? rowOf(id) ?? null);
    const after = before && intendedRow(before, intent);
    rows.set(id, after && waiting ? { ...after, waiting } : after);
  }
  return rows.size === 0 ? data : listed(query, data, rows, new Date()).data;
}
