/** An edit on top of somebody else's: it is kept until the person has chosen, field by field. */
import { useSyncExternalStore } from 'react';

import { api, dataOf } from '../api/client';
import type { Occurrences, Task, TaskPatch } from '../api/types';
import { readAsOf } from './details';
import { fieldsOf, partOf, patched, sameField, type Field } from './fields';
import type { TaskIntent } from './intent';

export interface Conflict {
  /** What was wanted. */
  patch: TaskPatch;
  occurrences: Occurrences | undefined;
  /** The task as it was seen. */
  base: Task;
  /** The task as it is. */
  theirs: Task;
  /** The fields that both have changed, to other values. */
  fields: Field[];
}

/** What an intent changes of a task's fields, if that is what it does. */
export function patchOf(intent: TaskIntent): TaskPatch | null {
  if (intent.kind === 'update') return intent.patch;
  if (intent.kind === 'complete') return { status: 'completed' };
  return intent.kind === 'reopen' ? { status: 'pending' } : null;
}

/** The fields of a patch that somebody else has changed as well, to another value. */
export function contested(patch: TaskPatch, base: Task, theirs: Task): Field[] {
  const mine = patched(base, patch);
  return fieldsOf(patch).filter(
    (field) => !sameField(field, base, theirs) && !sameField(field, mine, theirs),
  );
}

/** What is left of a patch after the choice: its own fields, but for those where theirs stays. */
export function chosenPatch({ patch, fields }: Conflict, mine: ReadonlySet<Field>): TaskPatch {
  return partOf(
    patch,
    fieldsOf(patch).filter((field) => mine.has(field) || !fields.includes(field)),
  );
}

let open: readonly Conflict[] = [];
const listeners = new Set<() => void>();

function set(conflicts: readonly Conflict[]): void {
  open = conflicts;
  listeners.forEach((listener) => {
    listener();
  });
}

/** The choice is made, or put off. */
export function closeConflict(conflict: Conflict): void {
  set(open.filter((other) => other !== conflict));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The conflicts that wait for a choice, oldest first. */
export function useConflicts(): readonly Conflict[] {
  return useSyncExternalStore(subscribe, () => open);
}

/** Of each task, which version a write of this page made of which. */
const own = new Map<string, Map<number, number>>();

/** A write of this page led from one version to the next: it is no conflict for what was begun before it. */
export function noteOwn(id: string, from: number, to: number): void {
  if (from === to) return;
  const moves = own.get(id) ?? new Map<number, number>();
  own.set(id, moves.set(from, to));
}

/** The version up to which all that came after another is this page's own. */
function ownUpTo(id: string, version: number): number {
  let last = version;
  for (let next = own.get(id)?.get(last); next !== undefined; next = own.get(id)?.get(last)) last = next;
  return last;
}

/** A read may be behind the refusal for a moment; so it is tried a few times. */
const READS_MAX = 10;
const PAUSE_MS = 100;

async function readNewer(id: string, version: number): Promise<Task> {
  for (let read = 1; ; read += 1) {
    const task = await dataOf(api.GET('/tasks/{id}', { params: { path: { id } } }));
    if (task.version > version) return task;
    if (read === READS_MAX) throw new Error('the other version is not to be read yet');
    await new Promise((go) => setTimeout(go, PAUSE_MS));
  }
}

/**
 * An intent met another version than it had seen. Where others have changed other fields, nothing of theirs is overwritten by
 * `again`, the same intent on top of what is there; else the person is asked, and `again` is `null`. It fails where the other
 * version is not to be read.
 */
export async function meetConflict(
  intent: Extract<TaskIntent, { id: string }>,
  version: number,
  patch: TaskPatch,
): Promise<{ theirs: Task; again: TaskIntent | null }> {
  const theirs = await readNewer(intent.id, version);
  const base = await readAsOf(intent.id, Math.min(ownUpTo(intent.id, version), theirs.version));
  const fields = contested(patch, base, theirs);
  if (fields.length === 0) return { theirs, again: { ...intent, version: theirs.version } };
  const occurrences = intent.kind === 'update' ? intent.occurrences : undefined;
  // The same, sent twice, is one question.
  const asked = (other: Conflict) =>
    other.theirs.id === intent.id && JSON.stringify(other.patch) === JSON.stringify(patch);
  set([...open.filter((other) => !asked(other)), { patch, occurrences, base, theirs, fields }]);
  return { theirs, again: null };
}
