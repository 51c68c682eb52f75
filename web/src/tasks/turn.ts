import { onlineManager, type QueryClient } from '@tanstack/react-query';

import { taskOf } from './intent';
import { keys } from './keys';
import { pendingWrites, type PendingWrite } from './pending';

/** Whether all that was begun before a write, and is about the same tasks, has been answered. */
function isTurn(client: QueryClient, key: string): boolean {
  const writes = pendingWrites(client);
  const own = new Set(writes.flatMap((write) => (write.key === key ? (taskOf(write.intent) ?? []) : [])));
  for (const write of writes) {
    if (write.key === key) return true;
    const id = taskOf(write.intent);
    if (id !== null && own.has(id)) return false;
  }
  return true;
}

/** Waits until it is the turn of a write: one task's are sent in their order, whether each was for it alone or for many. */
export function turnOf(client: QueryClient, key: string): Promise<void> {
  return when(client, () => isTurn(client, key));
}

/** Waits until all that was begun before a moment, and is about a task, has been answered. */
export function turnAfter(client: QueryClient, id: string, begunAt: number): Promise<void> {
  const isBefore = (write: PendingWrite) => taskOf(write.intent) === id && write.begunAt <= begunAt;
  return when(client, () => !pendingWrites(client).some(isBefore));
}

const otherWrites = (client: QueryClient) =>
  [keys.reminderWrite, keys.filterWrite].flatMap((mutationKey) =>
    client.getMutationCache().findAll({ mutationKey, status: 'pending' }),
  );

/** Whether something that was done, to tasks, reminders or saved filters, could not be sent so far. */
export function isSomeWaiting(client: QueryClient): boolean {
  const online = onlineManager.isOnline();
  return (
    pendingWrites(client).some(({ waiting }) => waiting) ||
    otherWrites(client).some(({ state }) => !online || state.failureCount > 0)
  );
}

/** Waits until every write that is on its way, to tasks, reminders or saved filters, has been answered. */
export function allAnswered(client: QueryClient): Promise<void> {
  return when(client, () => pendingWrites(client).length === 0 && otherWrites(client).length === 0);
}

function when(client: QueryClient, isSo: () => boolean): Promise<void> {
  if (isSo()) return Promise.resolve();
  return new Promise((go) => {
    const end = client.getMutationCache().subscribe(() => {
      if (!isSo()) return;
      end();
      go();
    });
  });
}
