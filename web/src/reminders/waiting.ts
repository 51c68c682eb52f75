import { useMutationState, useQueryClient } from '@tanstack/react-query';

import type { ReminderIntent } from './intent';
import { reminderKeys, reminderWritesWait, type ReminderWrite } from './reminders';

/** What is to be done to reminders and waits to be sent, oldest first. Whoever shows it is told when the server goes and comes. */
export function useWaitingReminders(): ReminderIntent[] {
  const client = useQueryClient();
  const pending = useMutationState({ filters: { mutationKey: reminderKeys.write, status: 'pending' } });
  return pending
    .map(({ variables }) => (variables as ReminderWrite).intent)
    .filter(({ taskId }) => reminderWritesWait(client, taskId));
}
