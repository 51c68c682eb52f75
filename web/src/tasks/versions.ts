/**
 * Edits that follow each other faster than they are confirmed: the second states the version that the first has just made old. It
 * was made on top of it all the same, so it is sent with the version that the first has made.
 */
import { taskOf, type TaskIntent } from './intent';
import { recall, store } from './storage';

const KEPT_AS = 'tasklog.made';
/** More than anybody does to tasks between a write and the ones that wait behind it. */
const KEPT_MAX = 2000;

/** What became of each version that this device has written upon; kept with the writes that wait, which may be sent after a reload. */
type Made = Record<string, number>;

/** A write on top of version `from` of a task has made version `to`. */
export interface Move {
  id: string;
  from: number;
  to: number;
}

const nameOf = (id: string, version: number): string => `${id}@${version}`;

/** Notes what writes of this device have made. */
export function noteMade(moves: readonly Move[]): void {
  const news = moves.flatMap<[string, number]>(({ id, from, to }) =>
    to > from ? [[nameOf(id, from), to]] : [],
  );
  if (news.length === 0) return;
  const made = [...Object.entries(recall<Made>(KEPT_AS, {})), ...news].slice(-KEPT_MAX);
  store(KEPT_AS, Object.fromEntries(made));
}

/** The version up to which all that came after another is this device's own. */
export function ownUpTo(id: string, version: number): number {
  const made = recall<Made>(KEPT_AS, {});
  let last = version;
  for (let next = made[nameOf(id, last)]; next !== undefined; next = made[nameOf(id, last)]) last = next;
  return last;
}

/** Every move of this device between two versions of a task, in their order. */
export function ownMoves(id: string, from: number, to: number): Move[] {
  return Object.entries(recall<Made>(KEPT_AS, {}))
    .flatMap(([name, made]) => {
      const [of, version] = name.split('@');
      return of === id ? { id, from: Number(version), to: made } : [];
    })
    .filter((move) => move.from >= from && move.to <= to)
    .sort((one, other) => one.from - other.from);
}

/** The same intent on top of what this device itself has made of the version that it states. What takes a change back is for that alone. */
export function onTopOfOwn(intent: TaskIntent): TaskIntent {
  const id = taskOf(intent);
  if (id === null || !('version' in intent) || 'takesBack' in intent) return intent;
  return { ...intent, version: ownUpTo(id, intent.version) };
}
