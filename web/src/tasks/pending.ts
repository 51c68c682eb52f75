/** Writes that the server has not confirmed yet. They are the page's own layer over what was read: see `overlay.ts`. */
import { onlineManager, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';

import { taskOf, type TaskIntent, type TaskOutcome, type TaskWrite } from './intent';
import { keys } from './keys';
import { intentOf, type BulkWrite } from './operations';

/** For one task, or for many. */
export type AnyWrite = TaskWrite | BulkWrite;

const intentsOf = (write: AnyWrite): TaskIntent[] =>
  'intent' in write ? [write.intent] : write.operations.map(intentOf);

/** What is to become of a task. */
export interface PendingWrite {
  /** The key of the write; one for many tasks has it for each. */
  key: string;
  intent: TaskIntent;
  /** When it was begun, in milliseconds. */
  begunAt: number;
  /** It could not be sent so far, nor one that is sent before it: this device is offline, or the server is away. */
  waiting: boolean;
}

const known = new WeakMap<QueryClient, readonly PendingWrite[]>();
const NONE: readonly PendingWrite[] = [];

/** The pending writes, oldest first. It is the same array until there are others. */
export function pendingWrites(client: QueryClient): readonly PendingWrite[] {
  const online = onlineManager.isOnline();
  /** What is sent one after the other, and waits: the writes of a scope, and those to a task. */
  const held = new Set<string>();
  const writes = client
    .getMutationCache()
    .findAll({ mutationKey: keys.writes, status: 'pending' })
    .flatMap(({ options, state }) => {
      const write = state.variables as AnyWrite;
      const intents = intentsOf(write);
      const lines = [options.scope?.id ?? [], ...intents.map((intent) => taskOf(intent) ?? [])].flat();
      const waiting = !online || state.failureCount > 0 || lines.some((line) => held.has(line));
      if (waiting) for (const line of lines) held.add(line);
      const begunAt = state.submittedAt;
      return intents.map((intent) => ({ key: write.key, intent, begunAt, waiting }));
    });
  const before = known.get(client) ?? NONE;
  const same =
    before.length === writes.length &&
    before.every((write, at) => write.key === writes[at]?.key && write.waiting === writes[at].waiting);
  if (same) return before;
  known.set(client, writes);
  return writes;
}

/** The pending writes. */
export function usePendingWrites(): readonly PendingWrite[] {
  const client = useQueryClient();
  const subscribe = useCallback(
    (changed: () => void) => {
      const ends = [client.getMutationCache().subscribe(changed), onlineManager.subscribe(changed)];
      return () => ends.forEach((end) => end());
    },
    [client],
  );
  return useSyncExternalStore(subscribe, () => pendingWrites(client));
}

const owned = new WeakMap<QueryClient, ReadonlySet<string>>();

/** The tasks that were written to in this window of late. It is the same set until there are others. */
function ownIds(client: QueryClient): ReadonlySet<string> {
  const ids = client
    .getMutationCache()
    .findAll({ mutationKey: keys.writes })
    .flatMap(({ state }) => {
      const write = state.variables as AnyWrite | undefined;
      const made = state.data as TaskOutcome | undefined;
      return write ? intentsOf(write).map((intent) => taskOf(intent) ?? made?.id ?? '') : [];
    });
  const before = owned.get(client);
  const now = new Set(ids);
  if (before?.size === now.size && ids.every((id) => before.has(id))) return before;
  owned.set(client, now);
  return now;
}

/** The tasks that were written to in this window of late. */
export function useOwnIds(): ReadonlySet<string> {
  const client = useQueryClient();
  const subscribe = useCallback(
    (changed: () => void) => client.getMutationCache().subscribe(changed),
    [client],
  );
  return useSyncExternalStore(subscribe, () => ownIds(client));
}
