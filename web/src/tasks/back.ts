/**
 * What takes changes back, as plain data on this device: so those of an earlier visit can be taken back as well. It is bounded, as what
 * waits to be sent and what was typed must find room beside it.
 */
import { newKey } from '../api/key';
import type { Filter, Operation, SavedQuery } from '../api/types';
import type { ReminderMade } from '../reminders/intent';
import type { Change } from './change';
import type { TaskRow } from './row';
import { forget, keptLength, keptNames, recall, store } from './storage';
import type { Made } from './takeBack';

/** A task as it was before a change of many, and the version that this made. */
export interface ManyMade {
  row: TaskRow;
  version: number;
}

/** What a change of each its own made of a task, with its title, to speak of it. */
export interface EachMade extends Made {
  title: string;
}

/** What is done to a saved filter, and sets it back; `was` is the version that one had which is saved anew. */
export type FilterBack =
  | { do: 'delete'; filter: Filter }
  | { do: 'create'; name: string; query: SavedQuery; was?: number }
  | { do: 'rename'; filter: Filter; name: string }
  | { do: 'replace'; filter: Filter; query: SavedQuery };

/** What takes a change back. */
export type Back =
  | { kind: 'one'; made: Made }
  | { kind: 'many'; change: Change; made: readonly ManyMade[] }
  | { kind: 'each'; made: readonly EachMade[] }
  | { kind: 'operations'; operations: Operation[]; titles?: string[] }
  | { kind: 'reminder'; made: ReminderMade }
  | { kind: 'filter'; back: FilterBack };

const KEPT_AS = 'tasklog.undo.';
/** So many changes can be taken back, one after the other; those before are in the history of their tasks. */
export const KEPT_MAX = 100;
/** And so much of them is kept, of the 5 million characters that a browser keeps for a page. */
const CHARACTERS_MAX = 500_000;

/** Of a change of more tasks than these only what the server needs to know is kept, so that there is room for it. */
const WHOLE_MAX = 200;

function asKept(back: Back): Back {
  if (back.kind !== 'many' || back.made.length <= WHOLE_MAX) return back;
  const operations = back.made.map<Operation>(({ row: { id }, version }) => ({
    op: 'undo',
    id,
    if_match: version,
  }));
  return { kind: 'operations', operations, titles: back.made.map(({ row }) => row.title) };
}

let count = 0;

/** Keeps what takes a change back, as the last one; returns its name. */
export function keepBack(back: Back): string {
  count += 1;
  // In their order by their names; another window makes others.
  const name = `${KEPT_AS}${Date.now()}.${String(count).padStart(6, '0')}.${newKey()}`;
  store(name, asKept(back));
  // One that could not be kept is the last all the same: those before it are not.
  if (keptLength(name) === 0) keptBacks().forEach(forget);
  let room = CHARACTERS_MAX;
  keptBacks().forEach((kept, at) => {
    room -= keptLength(kept);
    if (at >= KEPT_MAX || room < 0) forget(kept);
  });
  return name;
}

/** The names of those that are kept, the last one first. */
export function keptBacks(): string[] {
  return keptNames(KEPT_AS).sort().reverse();
}

/** Gives out what is kept under a name, once. */
export function takeKept(name: string): Back | null {
  const back = recall<Back | null>(name, null);
  forget(name);
  return back;
}
