/**
 * Writes on their way are kept on this device until the server has answered, so that neither a reload nor a closed window loses one.
 * Each has its idempotency key: one that is sent again, by another window too, is not done twice.
 */
import type { MutationState, QueryClient } from '@tanstack/react-query';

import type { ApiProblem } from '../api/problem';
import { forget, keptLength, recall, recallAll, store } from './storage';

/** What every write has. */
interface Keyed {
  key: string;
}

/** A write as it is kept; `B` is what its `onMutate` gives. */
export interface Kept<W extends Keyed, B = unknown> {
  write: W;
  /** What there was before it. */
  before: B | undefined;
  /** When it was begun, in milliseconds; and its number, which says which was first of those begun at once. */
  begunAt: number;
  number: number;
}

type State = MutationState<unknown, ApiProblem, Keyed>;

/** Those that this device had no room for: they end with the page, and so the browser asks before it goes. */
const unkept = new Set<string>();

function askBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function noteUnkept(name: string): void {
  unkept.add(name);
  globalThis.addEventListener('beforeunload', askBeforeLeaving);
}

function noteEnded(name: string): void {
  if (unkept.delete(name) && unkept.size === 0)
    globalThis.removeEventListener('beforeunload', askBeforeLeaving);
}

/** Keeps every write of a client under these mutation keys from its beginning to its end; their names begin with `keptAs`. */
export function keepWrites(client: QueryClient, keys: readonly unknown[], keptAs: string): void {
  client.getMutationCache().subscribe((event) => {
    if (event.type !== 'updated' || !keys.includes(event.mutation.options.mutationKey)) return;
    const { status, variables, context, submittedAt } = event.mutation.state as State;
    if (variables === undefined) return;
    const name = keptAs + variables.key;
    if (status !== 'pending') {
      forget(name);
      noteEnded(name);
    } else if (event.action.type === 'pending') {
      // It is said to begin again once it is known what there was before.
      const begunAt = recall<Kept<Keyed> | null>(name, null)?.begunAt ?? submittedAt;
      const number = event.mutation.mutationId;
      store(name, { write: variables, before: context, begunAt, number } satisfies Kept<Keyed>);
      if (keptLength(name) === 0) noteUnkept(name);
    }
  });
}

/** Those that are kept, in the order in which they were begun. */
export function keptWrites<W extends Keyed, B = unknown>(keptAs: string): Kept<W, B>[] {
  return recallAll<Kept<W, B>>(keptAs).sort(
    (one, other) => one.begunAt - other.begunAt || one.number - other.number,
  );
}

/** What a kept write was when the page went away, so that it goes on. */
export function stateOf<W extends Keyed, B>({
  write,
  before,
  begunAt,
}: Kept<W, B>): MutationState<never, ApiProblem, W, B> {
  return {
    context: before,
    data: undefined,
    error: null,
    failureCount: 0,
    failureReason: null,
    isPaused: true,
    status: 'pending',
    variables: write,
    submittedAt: begunAt,
  };
}
