/** Places among tasks that stand beside each other: ranks as fractional indexing makes them. */
import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing';

interface Ranked {
  id: string;
  rank: string | null;
}

/** The rank of a task that comes after all others; `null`, for which it comes last as well, where their ranks are not of this kind. */
export function rankAtEnd(tasks: readonly Ranked[]): string | null {
  const last = tasks.at(-1);
  if (last === undefined) return generateKeyBetween(null, null);
  return last.rank === null ? null : between(last.rank, null);
}

/**
 * The new ranks when a task goes to another place of the list: its own alone where its neighbours leave room, else those of all,
 * as for tasks that have none yet.
 */
export function ranksOfMove(
  tasks: readonly Ranked[],
  from: number,
  to: number,
): { id: string; rank: string }[] {
  const moved = tasks[from];
  if (!moved || from === to) return [];
  const others = tasks.toSpliced(from, 1);
  const above = others[to - 1];
  const below = others[to];
  // Without a rank, one neighbour leaves no place before those that have one.
  const ranked = [above, below].every((neighbour) => neighbour?.rank !== null);
  const rank = ranked ? between(above?.rank ?? null, below?.rank ?? null) : null;
  if (rank !== null) return [{ id: moved.id, rank }];
  const ordered = others.toSpliced(to, 0, moved);
  const ranks = generateNKeysBetween(null, null, ordered.length);
  return ordered.flatMap(({ id, rank: held }, at) => {
    const given = ranks[at] ?? '';
    return held === given ? [] : [{ id, rank: given }];
  });
}

/** A rank between two; `null` where there is no room, or one of them is not of this kind. */
function between(above: string | null, below: string | null): string | null {
  if (above !== null && below !== null && above >= below) return null;
  try {
    return generateKeyBetween(above, below);
  } catch {
    return null;
  }
}
