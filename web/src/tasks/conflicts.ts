/** An edit on top of somebody else's: it is kept until the person has chosen, field by field. */
import { useSyncExternalStore } from 'react';

import { api, dataOf } from '../api/client';
import { ApiProblem } from '../api/problem';
import type { Occurrences, Task, TaskPatch } from '../api/types';
import { readAsOf } from './details';
import { fieldsOf, partOf, patched, sameField, type Field } from './fields';
import type { TaskIntent } from './intent';
import { forget, recall, store } from './storage';
import { ownMoves, ownUpTo } from './versions';

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

/** What others did to a task: it was `before`, and became `after`. */
export interface Step {
  before: Task;
  after: Task;
}

/** The fields of a patch that somebody else has changed as well, to another value. */
export function contested(patch: TaskPatch, base: Task, theirs: Task, steps: readonly Step[]): Field[] {
  const mine = patched(base, patch);
  return fieldsOf(patch).filter(
    (field) =>
      !sameField(field, mine, theirs) && steps.some(({ before, after }) => !sameField(field, before, after)),
  );
}

/** What is left of a patch after the choice: its own fields, but for those where theirs stays. */
export function chosenPatch({ patch, fields }: Conflict, mine: ReadonlySet<Field>): TaskPatch {
  return partOf(
    patch,
    fieldsOf(patch).filter((field) => mine.has(field) || !fields.includes(field)),
  );
}

const KEPT_AS = 'tasklog.conflicts';

/** Kept on this device: what is neither written nor given up is there after a reload. */
let open: readonly Conflict[] = recall<readonly Conflict[]>(KEPT_AS, []);
const listeners = new Set<() => void>();

/** The device keeps them; else they last as long as the page. */
let isKept = true;

function set(conflicts: readonly Conflict[]): void {
  open = conflicts;
  if (open.length === 0) forget(KEPT_AS);
  else store(KEPT_AS, open);
  isKept = JSON.stringify(recall<readonly Conflict[]>(KEPT_AS, [])) === JSON.stringify(open);
  tellListeners();
}

function tellListeners(): void {
  listeners.forEach((listener) => {
    listener();
  });
}

/** Those that wait now: another window may have met some, or been told of a choice. */
function newest(): readonly Conflict[] {
  return isKept ? recall<readonly Conflict[]>(KEPT_AS, []) : open;
}

/** The same, sent twice, is one question. */
const isSame = (one: Conflict, other: Conflict): boolean =>
  one.theirs.id === other.theirs.id && JSON.stringify(one.patch) === JSON.stringify(other.patch);

/** Tells a question from others, of the same task too: what is chosen in one is no answer to the next. */
export const questionOf = ({ theirs: { id, version }, patch }: Conflict): string =>
  JSON.stringify([id, version, patch]);

/** The choice is made, or put off. */
export function closeConflict(conflict: Conflict): void {
  set(newest().filter((other) => !isSame(other, conflict)));
}

/** Another window has changed what waits; without a key: it has cleared all that is kept. */
function hear({ key }: StorageEvent): void {
  if (key !== null && key !== KEPT_AS) return;
  open = newest();
  tellListeners();
}

/** Tells a listener of conflicts that come and go, here or in another window. */
export function onConflicts(listener: () => void): () => void {
  if (listeners.size === 0) {
    globalThis.addEventListener('storage', hear);
    // While nobody listened, another window was not heard.
    open = newest();
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) globalThis.removeEventListener('storage', hear);
  };
}

/** The conflicts that wait for a choice, oldest first. */
export function openConflicts(): readonly Conflict[] {
  return open;
}

/** The conflicts that wait for a choice, oldest first. */
export function useConflicts(): readonly Conflict[] {
  return useSyncExternalStore(onConflicts, openConflicts);
}

/** A read may be behind the refusal for a moment; so it is tried a few times. */
const READS_MAX = 10;
const PAUSE_MS = 100;

/** Reads what there is beyond a version; `null` where it is not to be read yet. */
async function readNewer(id: string, version: number): Promise<Task | null> {
  for (let read = 1; ; read += 1) {
    const task = await dataOf(api.GET('/tasks/{id}', { params: { path: { id } } }));
    if (task.version > version) return task;
    if (read === READS_MAX) return null;
    await new Promise((go) => setTimeout(go, PAUSE_MS));
  }
}

/**
 * A task as it is now, where what gives it back fields is still right: they are as version `made` has left them, or have been given back
 * already. `null` where somebody has changed one of them since, or that is not to be read.
 */
export async function asMadeStill(id: string, made: number, inverse: TaskPatch): Promise<Task | null> {
  try {
    const now = await readNewer(id, made);
    if (now === null) return null;
    const [then, back] = [await readAsOf(id, made), patched(now, inverse)];
    const isRight = (field: Field) => sameField(field, then, now) || sameField(field, back, now);
    return fieldsOf(inverse).every(isRight) ? now : null;
  } catch (problem) {
    // It is deleted, and so is to stay as it is.
    if (problem instanceof ApiProblem && problem.status === 404) return null;
    throw problem;
  }
}

/** What others did between two versions: all but the moves of this device. */
async function stepsOfOthers(base: Task, theirs: Task): Promise<Step[]> {
  const { id } = base;
  const steps: Step[] = [];
  let before = base;
  for (const { from, to } of ownMoves(id, base.version, theirs.version)) {
    if (from < before.version) continue;
    if (from > before.version) steps.push({ before, after: await readAsOf(id, from) });
    before = to === theirs.version ? theirs : await readAsOf(id, to);
  }
  if (before.version < theirs.version) steps.push({ before, after: theirs });
  return steps;
}

/** A change that was refused because of another version. */
interface Refused {
  id: string;
  /** The version that the person saw, and the one that it was sent on top of. */
  seen: number;
  refused: number;
  patch: TaskPatch;
}

/** What a refused change met: the task as it was seen and as it is, and the fields that somebody else has changed as well. `null` where that is not to be read yet. */
export async function judge({
  id,
  seen,
  refused,
  patch,
}: Refused): Promise<Pick<Conflict, 'base' | 'theirs' | 'fields'> | null> {
  const theirs = await readNewer(id, refused);
  if (theirs === null) return null;
  const base = await readAsOf(id, Math.min(ownUpTo(id, seen), theirs.version));
  return { base, theirs, fields: contested(patch, base, theirs, await stepsOfOthers(base, theirs)) };
}

const met = new WeakMap<ApiProblem, Task>();

/** The other version that a write met, where the person is asked about it. */
export function askedAbout(problem: ApiProblem): Task | undefined {
  return met.get(problem);
}

/**
 * A write met another version. Where others have changed other fields, it may be sent on top of the version that is returned, and
 * overwrites nothing of theirs; else the person is asked, and it is `null`.
 */
export async function meetConflict(
  problem: ApiProblem,
  refused: Refused,
  occurrences: Occurrences | undefined,
): Promise<Task | null> {
  const found = await judge(refused);
  if (found === null) return null;
  if (found.fields.length === 0) return found.theirs;
  const asked: Conflict = { patch: refused.patch, occurrences, ...found };
  set([...newest().filter((other) => !isSame(other, asked)), asked]);
  met.set(problem, found.theirs);
  return null;
}
