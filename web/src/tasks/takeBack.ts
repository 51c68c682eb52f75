/**
 * How a change is taken back. The server undoes the last change of a task, and its undo is a change too. So a change before one that was
 * taken back cannot be undone by it: that would bring the later one back. It is reverted by the values that were there before.
 */
import type { Task, TaskPatch } from '../api/types';
import type { TaskIntent } from './intent';
import type { TaskRow } from './row';
import { recall, store } from './storage';

/** What a task was before a change, as far as the page knew. */
export type Earlier = Partial<Task> | TaskRow;

const KEPT_AS = 'tasklog.takenBack';
/** More than can be taken back one after the other, of many tasks each. */
const KEPT_MAX = 2000;

/** Of versions that were made by taking back: the version whose state they have, by `id@version`. Kept with what can be taken back. */
let restored = new Map(Object.entries(recall<Record<string, number>>(KEPT_AS, {})));

/** The version that a task had when it was first as it is at `version`. */
function stateOf(id: string, version: number): number {
  return restored.get(`${id}@${version}`) ?? version;
}

/** The last version of a task that was made by taking back. */
function latestOf(id: string): number | undefined {
  const prefix = `${id}@`;
  const versions = [...restored.keys()].flatMap((name) =>
    name.startsWith(prefix) ? Number(name.slice(prefix.length)) : [],
  );
  return versions.length === 0 ? undefined : Math.max(...versions);
}

/** Changes that made version `made` of tasks were taken back by others that made `now`. */
export function noteTakenBack(changes: readonly { id: string; made: number; now: number }[]): void {
  if (changes.length === 0) return;
  const news = changes.map<[string, number]>(({ id, made, now }) => [`${id}@${now}`, stateOf(id, made - 1)]);
  // Another window may have noted others.
  const kept = Object.entries(recall<Record<string, number>>(KEPT_AS, {}));
  restored = new Map([...new Map([...restored, ...kept, ...news])].slice(-KEPT_MAX));
  store(KEPT_AS, Object.fromEntries(restored));
}

/** The patch that gives fields what they had; `null` where that is not known of all of them. */
export function inverseOf(patch: TaskPatch, before: Earlier): TaskPatch | null {
  const values: Record<string, unknown> = { ...before };
  const inverse: [string, unknown][] = [];
  for (const name of Object.keys(patch)) {
    // What is merged member by member has no simple inverse.
    if (name === 'recurrence_pattern' || values[name] === undefined) return null;
    inverse.push([name, values[name]]);
  }
  return Object.fromEntries(inverse);
}

/** The fields that an intent gives a task. */
function patchOf(intent: TaskIntent): TaskPatch | null {
  if (intent.kind === 'update') return intent.patch;
  if (intent.kind === 'complete') return { status: 'completed' };
  return intent.kind === 'reopen' ? { status: 'pending' } : null;
}

/** What gives back the fields that a change has changed, and has no other effect; `null` where nothing known does. */
function givingBack({ intent, before }: Pick<Made, 'intent' | 'before'>): TaskPatch | null {
  if (intent.kind !== 'update' || intent.occurrences !== undefined || before === undefined) return null;
  return 'status' in intent.patch ? null : inverseOf(intent.patch, before);
}

/** What a change that takes another back gives the task. */
export function givenBackBy(back: TaskIntent): TaskPatch | null {
  if (back.kind === 'update') return back.patch;
  return back.kind === 'undo' ? (back.inverse ?? null) : null;
}

export interface Made {
  id: string;
  intent: TaskIntent;
  /** The version that it made. */
  version: number | undefined;
  before: Earlier | undefined;
}

/** What takes a change back. Where somebody else changed the task since, the server refuses it, with 412: see `deliver`. */
export function takingBack({ id, intent, version, before }: Made): TaskIntent {
  const given = version === undefined ? null : givingBack({ intent, before });
  const undo: TaskIntent = {
    kind: 'undo',
    id,
    ...(version !== undefined && { version, takesBack: version }),
    ...(given && { inverse: given }),
  };
  const now = latestOf(id);
  if (version === undefined || now === undefined || now <= version || stateOf(id, now) !== version)
    return undo;
  if (intent.kind === 'create' || intent.kind === 'quick') {
    return { kind: 'delete', id, version: now, takesBack: version };
  }
  const patch = patchOf(intent);
  const inverse = patch && before ? inverseOf(patch, before) : null;
  return inverse ? { kind: 'update', id, patch: inverse, version: now, takesBack: version } : undo;
}

/**
 * Whether a task that a change was taken back of, on top of version `on`, is again as it was before that change. On top of what others
 * have done since, it is as it never was: nothing before may be reverted by its values alone, which might be over theirs.
 */
export function isAsBefore(intent: TaskIntent, on: number | undefined): boolean {
  return !('takesBack' in intent) || on === intent.version;
}

/** The change that an intent takes back, by the version it made; `on` is the one it was done on top of. */
export function takenBackBy(intent: TaskIntent, on: number | undefined): number | undefined {
  if ('takesBack' in intent) return intent.takesBack;
  return intent.kind === 'undo' ? on : undefined;
}
