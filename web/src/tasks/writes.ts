import { useQueryClient, type Mutation, type QueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import { newKey } from '../api/key';
import { ApiProblem } from '../api/problem';
import { deliver } from './deliver';
import { buildBulk, registerBulkWrites } from './bulk';
import { began, confirmed, refused, type Before } from './effects';
import { taskOf, type TaskIntent, type TaskOutcome, type TaskWrite } from './intent';
import { keepWrites, keptWrites, stateOf } from './kept';
import { keys } from './keys';
import { patience } from './patience';
import { pendingWrites, type AnyWrite } from './pending';
import { turnOf } from './turn';

export const KEPT_AS = 'tasklog.write.';

type Write = Mutation<TaskOutcome, ApiProblem, TaskWrite, Before>;

/**
 * Teaches a client how writes are sent and what they do. They are mutations under one key, `keys.write`, with plain data as their
 * variables. They are tried until the server has answered, however long it is away, and go on after a reload.
 */
export function registerTaskWrites(client: QueryClient): void {
  client.setMutationDefaults<TaskOutcome, ApiProblem, TaskWrite, Before>(keys.write, {
    mutationFn: async (write) => {
      await turnOf(client, write.key);
      return deliver(write);
    },
    onMutate: (write) => began(client, write),
    onSuccess: (outcome, write, before) => {
      confirmed(client, write, outcome, before, (intent) => startWrite(client, intent));
    },
    onError: (problem, write, before) => refused(client, write, problem, before),
    ...patience,
  });
  registerBulkWrites(client);
  keepWrites(client, [keys.write, keys.bulk], KEPT_AS);
}

/** Goes on with the writes of an earlier visit. */
export function resumeWrites(client: QueryClient): void {
  for (const kept of keptWrites<AnyWrite, Before>(KEPT_AS)) {
    const { write } = kept;
    if ('intent' in write) build(client, write, stateOf({ ...kept, write }));
    else buildBulk(client, stateOf({ ...kept, write }));
  }
  void client.resumePausedMutations();
}

/** Writes to one task are sent one after the other, and so are those that make tasks. */
function build(client: QueryClient, { intent }: TaskWrite, state?: Write['state']): Write {
  const scope = { id: taskOf(intent) ?? 'new' };
  return client
    .getMutationCache()
    .build<TaskOutcome, ApiProblem, TaskWrite, Before>(client, { mutationKey: keys.write, scope }, state);
}

/** Does something to a task. It fails with the `ApiProblem` that the person was told of. */
export function runWrite(client: QueryClient, intent: TaskIntent): Promise<TaskOutcome> {
  const write = { key: newKey(), intent };
  return build(client, write).execute(write);
}

/** The same for those who need not know what becomes of it: the effects show it. */
export function startWrite(client: QueryClient, intent: TaskIntent): void {
  runWrite(client, intent).catch(() => undefined);
}

/** The same for those who wait for the outcome, but no longer than the server can be reached: `waiting` as soon as it cannot. */
export function runOrWait(client: QueryClient, intent: TaskIntent): Promise<TaskOutcome | 'waiting'> {
  const write = { key: newKey(), intent };
  return new Promise((resolve, reject) => {
    const look = () => {
      const waits = pendingWrites(client).some(({ key, waiting }) => key === write.key && waiting);
      if (waits) resolve('waiting');
    };
    const end = client.getMutationCache().subscribe(look);
    const outcome = build(client, write).execute(write);
    outcome.then((done) => resolve(done), reject).finally(end);
  });
}

/** The one way for components to change tasks. */
export function useTaskMutation() {
  const client = useQueryClient();
  return useMemo(
    () => ({
      run: (intent: TaskIntent) => runWrite(client, intent),
      runOrWait: (intent: TaskIntent) => runOrWait(client, intent),
      start: (intent: TaskIntent) => startWrite(client, intent),
    }),
    [client],
  );
}
