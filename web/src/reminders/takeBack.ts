/** How a change of a reminder is taken back. */
import type { Snooze } from '../api/types';
import { recall, store } from '../tasks/storage';
import type { ReminderIntent, ReminderMade } from './intent';

const KEPT_AS = 'tasklog.reminderAnew';
/** More than can be taken back one after the other. */
const KEPT_MAX = 200;
/** What would ring so soon rings at once: this device's clock may be behind the server's. */
const SOON_MS = 60_000;

/**
 * Reminders that were deleted and made anew as that was taken back: the id that each has since, by the one that it had. Another window may
 * have done so.
 */
const anew = () => recall<Record<string, string>>(KEPT_AS, {});

/** A reminder was made in the place of another. */
export function noteAnew(before: string, now: string): void {
  const news: [string, string] = [before, now];
  store(KEPT_AS, Object.fromEntries([...Object.entries(anew()), news].slice(-KEPT_MAX)));
}

function idNow(id: string): string {
  const now = anew()[id];
  return now === undefined ? id : idNow(now);
}

/** A deletion that was taken back: the reminder is there again, and would be made a second time. */
export function isBack({ intent, id }: ReminderMade): boolean {
  return intent.kind === 'delete' && anew()[id] !== undefined;
}

/** What takes a change back, as it is now. */
export function takingBack({ intent, id: made }: ReminderMade, now: Date): ReminderIntent {
  const { taskId } = intent;
  const id = idNow(made);
  const takesBack = true;
  switch (intent.kind) {
    case 'add':
      return { kind: 'delete', id, taskId, was: intent.time, takesBack };
    case 'change':
      return { kind: 'change', id, taskId, time: intent.was, was: intent.time, takesBack };
    case 'delete':
      return { kind: 'add', taskId, time: intent.was, replaces: id, takesBack };
    case 'snooze':
      return { kind: 'snooze', id, taskId, until: ringing(intent.was, now), was: intent.was, takesBack };
  }
}

/**
 * Rings at an instant; at once where that has passed, as it would have. A reminder that is put off keeps its own time, so that giving it
 * that changes nothing: only another snooze ends one.
 */
function ringing(at: string | null, now: Date): Snooze {
  const rings = new Date(at ?? now);
  if (rings.getTime() - SOON_MS <= now.getTime()) return { for: 'PT1S' };
  return { until: rings.toISOString().slice(0, 19), time_zone: 'UTC' };
}
