/** What is done to reminders, as plain data. */
import type { ReminderTime, Snooze } from '../api/types';

/**
 * What somebody wants done to a reminder; `was` is what it takes to undo it: of one that is put off, the instant at which it was to ring,
 * and `null` where it had rung. What `takesBack` another is not offered to be taken back itself.
 */
export type ReminderIntent = { taskId: string; takesBack?: boolean } & (
  | { kind: 'add'; time: ReminderTime; replaces?: string }
  | { kind: 'change'; id: string; time: ReminderTime; was: ReminderTime }
  | { kind: 'snooze'; id: string; until: Snooze; was: string | null }
  | { kind: 'delete'; id: string; was: ReminderTime }
);

/** What was done, and to which reminder. */
export interface ReminderMade {
  intent: ReminderIntent;
  id: string;
}
