/** Reminders of a task: read, and changed one way, as tasks are. */
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import { api, dataOf, writeHeaders } from '../api/client';
import { newKey } from '../api/key';
import type { ApiProblem } from '../api/problem';
import type { Reminder, ReminderTime, Snooze } from '../api/types';
import { notify } from '../components/toasts';

export const reminderKeys = {
  all: ['reminders'] as const,
  /** A due date that moves takes along those before it: so a task's reminders hang on its version. */
  of: (taskId: string, version: number) => ['reminders', taskId, version] as const,
  /** Of mutations: every write to a reminder. */
  write: ['reminders', 'write'] as const,
};

/** What somebody wants done to a reminder; `was` is what it takes to undo it. */
export type ReminderIntent =
  | { kind: 'add'; taskId: string; time: ReminderTime }
  | { kind: 'change'; id: string; time: ReminderTime; was: ReminderTime }
  | { kind: 'snooze'; id: string; until: Snooze }
  | { kind: 'delete'; id: string; taskId: string; was: ReminderTime };

interface ReminderWrite {
  key: string;
  intent: ReminderIntent;
}

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

/** The reminder after a write; `null` when it is deleted. */
async function send({ key, intent }: ReminderWrite): Promise<Reminder | null> {
  const headers = writeHeaders(key);
  if (intent.kind === 'add') {
    const params = { path: { id: intent.taskId } };
    return dataOf(api.POST('/tasks/{id}/reminders', { params, headers, body: intent.time }));
  }
  const params = { path: { id: intent.id } };
  switch (intent.kind) {
    case 'change': {
      const merge = { ...headers, 'Content-Type': 'application/merge-patch+json' };
      return dataOf(api.PATCH('/reminders/{id}', { params, headers: merge, body: intent.time }));
    }
    case 'snooze':
      return dataOf(api.POST('/reminders/{id}/snooze', { params, headers, body: intent.until }));
    case 'delete':
      await api.DELETE('/reminders/{id}', { params, headers });
      return null;
  }
}

/** What takes a write back; nothing does for one that was put off. */
function undoOf(intent: ReminderIntent, made: Reminder | null): ReminderIntent | null {
  switch (intent.kind) {
    case 'add':
      return made && { kind: 'delete', id: made.id, taskId: intent.taskId, was: intent.time };
    case 'change':
      return { ...intent, time: intent.was, was: intent.time };
    case 'delete':
      return { kind: 'add', taskId: intent.taskId, time: intent.was };
    case 'snooze':
      return null;
  }
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

/** Teaches a client how writes to reminders are sent and what they do. */
export function registerReminderWrites(client: QueryClient): void {
  client.setMutationDefaults<Reminder | null, ApiProblem, ReminderWrite>(reminderKeys.write, {
    mutationFn: send,
    onSuccess: (made, { intent }) => {
      void client.invalidateQueries({ queryKey: reminderKeys.all });
      const undo = undoOf(intent, made);
      notify({
        title: DONE[intent.kind],
        ...(undo && { action: { label: 'Undo', run: () => void runReminderWrite(client, undo) } }),
      });
    },
    onError: (problem, { intent }) =>
      notify({
        tone: 'problem',
        title: REFUSED[intent.kind],
        description: problem.errors[0]?.detail ?? problem.message,
      }),
  });
}

/** Does something to a reminder; whether it was done, of which the person was told. */
export function runReminderWrite(client: QueryClient, intent: ReminderIntent): Promise<boolean> {
  const write = client
    .getMutationCache()
    .build<Reminder | null, ApiProblem, ReminderWrite, unknown>(client, { mutationKey: reminderKeys.write });
  return write.execute({ key: newKey(), intent }).then(
    () => true,
    () => false,
  );
}

/** The one way for components to change reminders. */
export function useReminderMutation() {
  const client = useQueryClient();
  return useMemo(() => ({ run: (intent: ReminderIntent) => runReminderWrite(client, intent) }), [client]);
}
