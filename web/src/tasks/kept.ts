/**
 * Writes on their way are kept on this device until the server has answered, so that neither a reload nor a closed window loses one.
 * Each has its idempotency key: one that is sent again, by another window too, is not done twice.
 */
import type { MutationState, QueryClient } from '@tanstack/react-query';

import type { ApiProblem } from '../api/problem';
import { forget, recall, recallAll, store } from './storage';
import type { Before } from './effects';
import { keys } from './keys';
import type { AnyWrite } from './pending';

const KEPT_AS = 'tasklog.write.';

/** A write as it is kept. */
export interface Kept {
  write: AnyWrite;
  /** What there was before a write for one task. */
  before: Before | undefined;
  /** When it was begun, in milliseconds; and its number, which says which was first of those begun at once. */
  begunAt: number;
  number: number;
}

type State = MutationState<unknown, ApiProblem, AnyWrite, Before>;

const KEPT: readonly unknown[] = [keys.write, keys.bulk];

/** Keeps every write of a client from its beginning to its end. */
export function keepWrites(client: QueryClient): void {
  client.getMutationCache().subscribe((event) => {
    if (event.type !== 'updated' || !KEPT.includes(event.mutation.options.mutationKey)) return;
    const { status, variables, context, submittedAt } = event.mutation.state as State;
    if (variables === undefined) return;
    const name = KEPT_AS + variables.key;
    if (status !== 'pending') forget(name);
    else if (event.action.type === 'pending') {
      // It is said to begin again once it is known what there was before.
      const begunAt = recall<Kept | null>(name, null)?.begunAt ?? submittedAt;
      const number = event.mutation.mutationId;
      store(name, { write: variables, before: context, begunAt, number } satisfies Kept);
    }
  });
}

/** Those that are kept, in the order in which they were begun. */
export function keptWrites(): Kept[] {
  return recallAll<Kept>(KEPT_AS).sort(
    (one, other) => one.begunAt - other.begunAt || one.number - other.number,
  );
}

/** What a kept write was when the page went away, so that it goes on. */
export function stateOf<T extends AnyWrite>({
  write,
  before,
  begunAt,
}: Kept & { write: T }): MutationState<never, ApiProblem, T, Before> {
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
