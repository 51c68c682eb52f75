/** Reminders of a task: read, and changed one way, as tasks are. */
import {
  onlineManager,
  useQuery,
  useQueryClient,
  type Mutation,
  type QueryClient,
} from '@tanstack/react-query';
import { useMemo } from 'react';

import { api, dataOf } from '../api/client';
import { newKey } from '../api/key';
import type { ApiProblem } from '../api/problem';
import type { Reminder } from '../api/types';
import { notify } from '../components/toasts';
import { rowsOf } from '../tasks/cacheRows';
import { taskOf } from '../tasks/intent';
import { keepWrites, keptWrites, stateOf } from '../tasks/kept';
import { keys } from '../tasks/keys';
import { patience } from '../tasks/patience';
import { pendingWrites, type PendingWrite } from '../tasks/pending';
import { turnAfter } from '../tasks/turn';
import { offerUndo } from '../tasks/undo';
import type { ReminderIntent, ReminderMade } from './intent';
import { send } from './send';
import { isBack, noteAnew, takingBack } from './takeBack';

export const reminderKeys = {
  all: ['reminders'] as const,
  /** A due date that moves takes along those before it: so a task's reminders hang on its version. */
  of: (taskId: string, version: number) => ['reminders', taskId, version] as const,
  /** Of mutations: every write to a reminder. */
  write: keys.reminderWrite,
};

/** An intent on its way, as those for tasks are. */
export interface ReminderWrite {
  key: string;
  intent: ReminderIntent;
  /** When it was begun, in milliseconds. */
  begunAt: number;
}

type Write = Mutation<Reminder | null, ApiProblem, ReminderWrite>;

export const KEPT_AS = 'tasklog.reminderWrite.';

/** The reminders of a task, soonest first. */
export function useReminders(taskId: string, version: number) {
  return useQuery<Reminder[]>({
    queryKey: reminderKeys.of(taskId, version),
    queryFn: async ({ signal }) => {
      const params = { path: { id: taskId }, query: { limit: 200 } };
      return (await dataOf(api.GET('/tasks/{id}/reminders', { params, signal }))).items;
    },
    placeholderData: (held, query) => (query?.queryKey[1] === taskId ? held : undefined),
  });
}

const DONE: Record<ReminderIntent['kind'], string> = {
  add: 'Reminder added',
  change: 'Reminder changed',
  snooze: 'Reminder put off',
  delete: 'Reminder deleted',
};

const REFUSED: Record<ReminderIntent['kind'], string> = {
  add: 'The reminder was not added',
  change: 'The reminder was not changed',
  snooze: 'The reminder was not put off',
  delete: 'The reminder was not deleted',
};

const ready = new WeakSet<QueryClient>();

/**
 * Teaches a client, once, how writes to reminders are sent and what they do, and goes on with those of an earlier visit. They are kept and
 * tried as those to tasks are, which come before.
 */
export function readyReminderWrites(client: QueryClient): void {
  if (ready.has(client)) return;
  ready.add(client);
  client.setMutationDefaults<Reminder | null, ApiProblem, ReminderWrite>(reminderKeys.write, {
    mutationFn: async (write) => {
      await turnAfter(client, write.intent.taskId, write.begunAt);
      return send(write);
    },
    onSuccess: (made, { intent }) => {
      void client.invalidateQueries({ queryKey: reminderKeys.all });
      tell(client, intent, made);
    },
    onError: (problem, { intent }) => {
      // It may have waited: whoever is told is at another task by now.
      const [task] = rowsOf(client, [intent.taskId]);
      const why = problem.errors[0]?.detail ?? problem.message;
      const description = task ? `“${task.title}”: ${why}` : why;
      notify({ tone: 'problem', title: REFUSED[intent.kind], description });
    },
    ...patience,
  });
  keepWrites(client, [reminderKeys.write], KEPT_AS);
  for (const kept of keptWrites<ReminderWrite>(KEPT_AS)) {
    build(client, kept.write, stateOf(kept))
      .continue()
      .catch(() => undefined);
  }
}

/** Tells of a change, which can be taken back; of one that takes another back, that it has. */
function tell(client: QueryClient, intent: ReminderIntent, answer: Reminder | null): void {
  if (intent.kind === 'add' && intent.replaces !== undefined && answer) noteAnew(intent.replaces, answer.id);
  const id = intent.kind === 'add' ? answer?.id : intent.id;
  if (intent.takesBack || id === undefined) {
    notify({ title: 'Reminder set back' });
    return;
  }
  const made: ReminderMade = { intent, id };
  const run = () => takeReminderBack(client, made);
  offerUndo({ title: DONE[intent.kind] }, { kind: 'reminder', made }, run);
}

/** Takes a change of a reminder back; what comes of it is told. */
export function takeReminderBack(client: QueryClient, made: ReminderMade): void {
  if (isBack(made)) notify({ title: 'The reminder is back already' });
  else void runReminderWrite(client, takingBack(made, new Date()));
}

/** Those to the reminders of one task are sent one after the other. */
function build(client: QueryClient, { intent }: ReminderWrite, state?: Write['state']): Write {
  const options = { mutationKey: reminderKeys.write, scope: { id: `reminders of ${intent.taskId}` } };
  return client
    .getMutationCache()
    .build<Reminder | null, ApiProblem, ReminderWrite, unknown>(client, options, state);
}

/** Whether writes to the reminders of a task cannot be sent so far, or wait behind some that cannot. */
export function reminderWritesWait(client: QueryClient, taskId: string): boolean {
  const tried = client.getMutationCache().findAll({ mutationKey: reminderKeys.write, status: 'pending' });
  const hasFailed = ({ state }: (typeof tried)[number]) =>
    state.failureCount > 0 && (state.variables as ReminderWrite).intent.taskId === taskId;
  const waits = ({ intent, waiting }: PendingWrite) => waiting && taskOf(intent) === taskId;
  return !onlineManager.isOnline() || tried.some(hasFailed) || pendingWrites(client).some(waits);
}

/** Does something to a reminder. False where it was refused, of which the person was told; true as soon as it is done, or waits to be sent. */
export function runReminderWrite(client: QueryClient, intent: ReminderIntent): Promise<boolean> {
  readyReminderWrites(client);
  const write: ReminderWrite = { key: newKey(), intent, begunAt: Date.now() };
  const mutation = build(client, write);
  return new Promise((resolve) => {
    const look = () => {
      if (mutation.state.status === 'pending' && reminderWritesWait(client, intent.taskId)) resolve(true);
    };
    const end = client.getMutationCache().subscribe(look);
    mutation
      .execute(write)
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(end);
  });
}

/** The one way for components to change reminders. */
export function useReminderMutation() {
  const client = useQueryClient();
  return useMemo(() => ({ run: (intent: ReminderIntent) => runReminderWrite(client, intent) }), [client]);
}
