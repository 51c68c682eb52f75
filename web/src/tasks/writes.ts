import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import { newKey } from '../api/key';
import { ApiProblem } from '../api/problem';
import { began, confirmed, refused, type Before } from './effects';
import type { TaskIntent, TaskOutcome, TaskWrite } from './intent';
import { keys } from './keys';
import { send } from './send';

/**
 * Teaches a client how writes are sent and what they do. They are mutations under one key, `keys.write`, with plain data as their
 * variables: whoever finds one in the mutation cache, a paused one of an earlier visit too, can go on with it.
 */
export function registerTaskWrites(client: QueryClient): void {
  client.setMutationDefaults<TaskOutcome, ApiProblem, TaskWrite, Before>(keys.write, {
    mutationFn: send,
    onMutate: (write) => began(client, write),
    onSuccess: (outcome, write, before) => {
      confirmed(client, write, outcome, before, (intent) => startWrite(client, intent));
    },
    onError: (problem, write, before) => {
      refused(client, write, problem, before, (intent) => startWrite(client, intent));
    },
  });
}

/** Does something to a task. It fails with the `ApiProblem` that the person was told of. */
export function runWrite(client: QueryClient, intent: TaskIntent): Promise<TaskOutcome> {
  const writes = client.getMutationCache();
  return writes
    .build<TaskOutcome, ApiProblem, TaskWrite, Before>(client, { mutationKey: keys.write })
    .execute({ key: newKey(), intent });
}

/** The same for those who need not know what becomes of it: the effects show it. */
export function startWrite(client: QueryClient, intent: TaskIntent): void {
  runWrite(client, intent).catch(() => undefined);
}

/** The one way for components to change tasks. */
export function useTaskMutation() {
  const client = useQueryClient();
  return useMemo(
    () => ({
      run: (intent: TaskIntent) => runWrite(client, intent),
      start: (intent: TaskIntent) => startWrite(client, intent),
    }),
    [client],
  );
}
