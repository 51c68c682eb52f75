import { expect, test } from 'vitest';

import type { Reminder } from '../../api/types';
import {
  newReminderForm,
  reminderInWords,
  reminderNotes,
  ringOf,
  timeOf,
  timeOfReminder,
} from './reminderForm';

const REMINDER: Reminder = {
  id: 'r1',
  task_id: 't1',
  remind_at: null,
  time_zone: null,
  before_due: 'PT30M',
  remind_utc: '2026-12-01T07:30:00Z',
  snoozed_until: null,
  repeat: { every: 'PT10M', times: 3 },
  status: 'sent',
  triggered_at: '2026-12-01T07:30:00Z',
  late: false,
  created_at: '2026-11-01T07:30:00Z',
  updated_at: '2026-11-01T07:30:00Z',
  version: 2,
};

test('given a form when it is sent then it has one kind of time, and how it repeats', () => {
  const form = newReminderForm(true, '2026-12-01T08:30', 'Europe/Berlin');
  expect(timeOf(form)).toEqual({ before_due: 'PT30M' });
  expect(timeOf({ ...form, kind: 'at', again: true })).toEqual({
    remind_at: '2026-12-01T08:30:00',
    time_zone: 'Europe/Berlin',
    repeat: { every: 'PT10M', times: 3 },
  });
  expect(newReminderForm(false, '', '').kind).toBe('at');
});

test('given a reminder when it is told then it says when, how far it is, and what comes after', () => {
  expect(reminderInWords(REMINDER, '2026-11-29')).toBe('30 minutes before it is due');
  expect(reminderNotes(REMINDER)).toEqual(['rang, and was sent', 'again every 10 minutes, 3 times']);
  const at = { ...REMINDER, before_due: null, remind_at: '2026-11-30T08:30:00', time_zone: 'Asia/Tokyo' };
  expect(reminderInWords(at, '2026-11-29')).toMatch(/^Tomorrow 8:30.* Asia\/Tokyo$/);
});

test('given a deleted reminder when it is brought back then it is made as it was', () => {
  expect(timeOfReminder(REMINDER)).toEqual({ before_due: 'PT30M', repeat: { every: 'PT10M', times: 3 } });
});

test('given a reminder when it is put off then it is known when it would have rung, and a snooze until then is told as none', () => {
  const waits: Reminder = { ...REMINDER, status: 'scheduled', repeat: null };
  expect(ringOf(REMINDER)).toBeNull();
  expect(ringOf(waits)).toBe('2026-12-01T07:30:00Z');
  expect(ringOf({ ...waits, snoozed_until: '2026-12-01T09:00:00Z' })).toBe('2026-12-01T09:00:00Z');
  expect(reminderNotes({ ...waits, snoozed_until: '2026-12-01T09:00:00Z' })[0]).toMatch(/^put off until/);
  const back = { ...waits, snoozed_until: '2026-12-01T07:30:00.000Z' };
  expect(reminderNotes(back)).toEqual(reminderNotes(waits));
});
