import type { ReminderIntent } from '../../reminders/intent';
import type { FilterBack } from '../../tasks/back';
import type { TaskIntent } from '../../tasks/intent';

/** How it stands, in words; `null` where there is nothing to say. */
export function linkInWords(away: boolean, waiting: number): string | null {
  const changes = waiting === 1 ? '1 change' : `${waiting} changes`;
  if (away) return waiting === 0 ? 'Offline' : `Offline, ${changes} kept`;
  return waiting === 0 ? null : `Sending ${changes}`;
}

const VERBS: Partial<Record<TaskIntent['kind'], string>> = {
  complete: 'Complete',
  reopen: 'Open again',
  delete: 'Delete',
  restore: 'Restore',
  skip: 'Skip',
  undo: 'Undo',
};

/** What a write that waits is to do; `title` is the task's, where it is known. */
export function writeInWords(intent: TaskIntent, title: string | undefined): string {
  if (intent.kind === 'quick') return `Add “${intent.text}”`;
  if (intent.kind === 'create') return `Add “${intent.task.title}”`;
  return `${VERBS[intent.kind] ?? 'Change'} ${title === undefined ? 'a task' : `“${title}”`}`;
}

const REMINDER_VERBS: Record<ReminderIntent['kind'], string> = {
  add: 'Add',
  change: 'Change',
  snooze: 'Put off',
  delete: 'Delete',
};

/** The same of a write to a reminder. */
export function reminderWriteInWords({ kind }: ReminderIntent, title: string | undefined): string {
  return `${REMINDER_VERBS[kind]} a reminder of ${title === undefined ? 'a task' : `“${title}”`}`;
}

const FILTER_VERBS: Record<FilterBack['do'], string> = {
  create: 'Save',
  rename: 'Rename',
  replace: 'Change',
  delete: 'Delete',
};

/** The same of a write to a saved filter. */
export function filterWriteInWords(intent: FilterBack): string {
  const name = intent.do === 'create' ? intent.name : intent.filter.name;
  return `${FILTER_VERBS[intent.do]} the filter “${name}”`;
}
