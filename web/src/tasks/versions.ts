/**
 * Edits that follow each other faster than they are confirmed: the second states the version that the first has just made old. It
 * was made on top of it all the same, so it is sent with the version that the first has made.
 */
import { recall, store } from './storage';
import { taskOf, type TaskIntent, type TaskOutcome } from './intent';

const KEPT_AS = 'tasklog.made';
/** More than anybody does to tasks between a write and the ones that wait behind it. */
const KEPT_MAX = 200;

/** What became of each version that this device has written upon; kept with the writes that wait, which may be sent after a reload. */
type Made = Partial<Record<string, number>>;

const nameOf = (id: string, version: number): string => `${id}@${version}`;

/** Notes that a write on top of the version it stated has made another. */
export function noteMade(intent: TaskIntent, { id, version }: TaskOutcome): void {
  const seen = 'version' in intent ? intent.version : undefined;
  // Without a stated version, somebody else's change may be in between.
  if (seen === undefined || version === undefined || version <= seen) return;
  const made = Object.entries({ ...recall<Made>(KEPT_AS, {}), [nameOf(id, seen)]: version });
  store(KEPT_AS, Object.fromEntries(made.slice(-KEPT_MAX)));
}

/** The same intent on top of what this device itself has made of the version that it states. */
export function onTopOfOwn(intent: TaskIntent): TaskIntent {
  const id = taskOf(intent);
  if (id === null || !('version' in intent)) return intent;
  const made = recall<Made>(KEPT_AS, {});
  let version: number = intent.version;
  let next = made[nameOf(id, version)];
  while (next !== undefined) {
    version = next;
    next = made[nameOf(id, version)];
  }
  return { ...intent, version };
}
