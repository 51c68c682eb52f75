/**
 * A list that does not move under who points at it: what others add, remove or move is held back; what they change within a row shows
 * in its place, and what the person did shows at once.
 */
import { isOpen, type TaskRow } from '../../tasks/row';

export interface Steady {
  rows: TaskRow[];
  /** So many tasks of others are held back. */
  added: number;
  /** So many rows would leave, move, or stand under another day. */
  changed: number;
}

const sameGroup = (one: TaskRow, other: TaskRow): boolean =>
  one.day === other.day && isOpen(one) === isOpen(other);

/** The rows of `next`, arranged as `shown` was; `isOwn` says what the person changed. */
export function steadyRows(
  shown: readonly TaskRow[],
  next: readonly TaskRow[],
  isOwn: (id: string) => boolean,
): Steady {
  const now = new Map(next.map((row) => [row.id, row]));
  const kept = shown
    .filter(({ id }) => !isOwn(id))
    .map((row) => {
      const after = now.get(row.id);
      return after && sameGroup(row, after) ? after : row;
    });
  const places = new Map(kept.map((row, place) => [row.id, place]));
  const changed = kept.filter((row) => now.get(row.id) !== row);
  const others = new Map(places);
  for (const { id } of changed) others.delete(id);
  const lastKept = next.findLastIndex(({ id }) => places.has(id));
  const own = new Map<string | null, TaskRow[]>();
  const behind: TaskRow[] = [];
  let anchor: string | null = null;
  let added = 0;
  for (const [place, row] of next.entries()) {
    if (places.has(row.id)) anchor = row.id;
    else if (isOwn(row.id)) own.set(anchor, [...(own.get(anchor) ?? []), row]);
    // What comes behind all that is shown moves nothing: it is the next page.
    else if (place > lastKept) behind.push(row);
    else added += 1;
  }
  const rows = [
    ...(own.get(null) ?? []),
    ...kept.flatMap((row) => [row, ...(own.get(row.id) ?? [])]),
    ...behind,
  ];
  return { rows, added, changed: changed.length + (isMoved(next, others) ? 1 : 0) };
}

/** Those that are shown stand in another order now. */
function isMoved(next: readonly TaskRow[], places: ReadonlyMap<string, number>): boolean {
  let last = -1;
  for (const { id } of next) {
    const place = places.get(id);
    if (place === undefined) continue;
    if (place < last) return true;
    last = place;
  }
  return false;
}

/** What is held back, in words; `null`: nothing. */
export function heldInWords({ added, changed }: Pick<Steady, 'added' | 'changed'>): string | null {
  if (added + changed === 0) return null;
  if (changed === 0) return `${added} new`;
  return added + changed === 1 ? '1 change' : `${added + changed} changes`;
}
