/**
 * Consistency tokens: `task-events/5@1042,reminders/2@17` names, for each partition of a topic, the offset of the last record
 * that its holder knows of. Merged, they say all that any of them said.
 */

/** The offsets of a token by its partitions. What is not of the grammar is left out. */
function* offsetsOf(token: string): Generator<[string, number]> {
  for (const part of token.split(',')) {
    const [, partition, digits] = /^([^@,]+\/\d+)@(\d+)$/.exec(part.trim()) ?? [];
    if (partition !== undefined) yield [partition, Number(digits)];
  }
}

const tokenOf = (offsets: Iterable<[string, number]>): string =>
  Array.from(offsets, ([partition, offset]) => `${partition}@${offset}`).join(',');

/** Puts two tokens together: of each partition the greater offset. */
export function mergeTokens(one: string, other: string): string {
  const offsets = new Map(offsetsOf(one));
  for (const [partition, offset] of offsetsOf(other)) {
    offsets.set(partition, Math.max(offset, offsets.get(partition) ?? offset));
  }
  return tokenOf(offsets);
}

/**
 * What both of two answers show: of each partition the lower offset. One that a token does not name had no record yet: a stream after the
 * least token begins with its first.
 */
export function leastToken(one: string, other: string): string {
  const offsets = new Map(offsetsOf(one));
  const both = [...offsetsOf(other)].flatMap(([partition, offset]): [string, number][] => {
    const known = offsets.get(partition);
    return known === undefined ? [] : [[partition, Math.min(known, offset)]];
  });
  return tokenOf(both);
}

let known = '';
let shown: string | null = null;
let shows: () => void;
const firstShown = new Promise<void>((resolve) => {
  shows = resolve;
});

/** What this page has written so far: sent with every query, which then shows it. */
export const consistency = {
  /** The merged token; empty before the first write. */
  token: (): string => known,
  /** Takes the token of one more write, or of an event that was shown. */
  note: (token: string | null): void => {
    if (token !== null) known = mergeTokens(known, token);
  },
  /** Forgets it: the server has another log. */
  reset: (): void => {
    known = '';
  },
  /** An answer about tasks has come. */
  firstShown,
  /** What every answer about tasks has shown so far, whichever of them was given first; empty where none has come. */
  shown: (): string => shown ?? '',
  /** Takes what an answer about tasks shows; one of an empty log has no token. */
  noteShown: (token: string | null): void => {
    shown = shown === null ? (token ?? '') : leastToken(shown, token ?? '');
    shows();
  },
};
