/**
 * Consistency tokens: `task-events/5@1042,reminders/2@17` names, for each partition of a topic, the offset of the last record
 * that its holder knows of. Merged, they say all that any of them said.
 */

/** Puts two tokens together: of each partition the greater offset. What is not of the grammar is left out. */
export function mergeTokens(one: string, other: string): string {
  const offsets = new Map<string, number>();
  for (const part of `${one},${other}`.split(',')) {
    const [, partition, digits] = /^([^@,]+\/\d+)@(\d+)$/.exec(part.trim()) ?? [];
    if (partition === undefined) continue;
    offsets.set(partition, Math.max(Number(digits), offsets.get(partition) ?? -1));
  }
  return [...offsets].map(([partition, offset]) => `${partition}@${offset}`).join(',');
}

let known = '';
let shows: (token: string) => void;
const firstShown = new Promise<string>((resolve) => {
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
  /** What the first answer about tasks showed. */
  firstShown,
  /** Takes what an answer about tasks shows; one of an empty log has no token. */
  noteShown: (token: string | null): void => shows(token ?? ''),
};
