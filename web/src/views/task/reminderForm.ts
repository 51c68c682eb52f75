/** A reminder, as the fields of a form have it, and in words. */
import type { Reminder, ReminderTime } from '../../api/types';
import type { Day } from '../../time/day';
import { durationInWords, durationOf, type DurationUnit } from '../../time/duration';
import { instantInWords } from '../../time/words';
import { dueFieldsInWords } from './changes';

export interface ReminderForm {
  kind: 'before' | 'at';
  number: number;
  unit: DurationUnit;
  /** A wall time, `2026-12-01T08:30`. */
  at: string;
  zone: string;
  again: boolean;
  everyMinutes: number;
  times: number;
}

/** Half an hour before it is due; for a task without a due date at a time. */
export function newReminderForm(dated: boolean, at: string, zone: string): ReminderForm {
  const kind = dated ? 'before' : 'at';
  return { kind, number: 30, unit: 'minutes', at, zone, again: false, everyMinutes: 10, times: 3 };
}

/** What the form says. */
export function timeOf(form: ReminderForm): ReminderTime {
  const repeat = form.again
    ? { repeat: { every: durationOf(form.everyMinutes, 'minutes'), times: form.times } }
    : {};
  return form.kind === 'before'
    ? { before_due: durationOf(form.number, form.unit), ...repeat }
    : { remind_at: `${form.at}:00`, time_zone: form.zone, ...repeat };
}

/** What it takes to make a reminder again as it is. */
export function timeOfReminder({ before_due, remind_at, time_zone, repeat }: Reminder): ReminderTime {
  const again = repeat === null ? {} : { repeat };
  return before_due === null ? { remind_at, time_zone, ...again } : { before_due, ...again };
}

/** The instant at which it is to ring; `null` where it has rung. */
export function ringOf({ status, snoozed_until, remind_utc }: Reminder): string | null {
  return status === 'scheduled' ? (snoozed_until ?? remind_utc) : null;
}

const STATUS: Record<Reminder['status'], string | null> = {
  scheduled: null,
  triggered: 'rang',
  sent: 'rang, and was sent',
  failed: 'rang, and could not be sent',
  cancelled: 'cancelled',
};

/** When it rings. */
export function reminderInWords({ before_due, remind_at, time_zone }: Reminder, today: Day): string {
  if (before_due === null) return dueFieldsInWords({ due_at: remind_at, time_zone }, today);
  return `${durationInWords(before_due)} before it is due`;
}

/** How far it is, and what comes after. */
export function reminderNotes(reminder: Reminder): string[] {
  const { status, repeat, snoozed_until, before_due, remind_utc } = reminder;
  const waits = status === 'scheduled';
  // A snooze that was taken back is one until its own time.
  const putOff = snoozed_until !== null && Date.parse(snoozed_until) !== Date.parse(remind_utc);
  const notes: (string | null)[] = [
    STATUS[status],
    waits && putOff ? `put off until ${instantInWords(snoozed_until)}` : null,
    waits && !putOff && before_due !== null ? instantInWords(remind_utc) : null,
    repeat &&
      `again every ${durationInWords(repeat.every)}, ${repeat.times === 1 ? 'once' : `${repeat.times} times`}`,
  ];
  return notes.filter((note) => note !== null);
}
