import { api, dataOf, writeHeaders } from '../api/client';
import type { Reminder } from '../api/types';
import type { ReminderWrite } from './reminders';

/** The reminder after a write; `null` when it is deleted. */
export async function send({ key, intent }: ReminderWrite): Promise<Reminder | null> {
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
