import { expect, test } from 'vitest';

import { task } from '../../tasks/testing';
import { dueFormOf, duePatch } from './due';

test.each([
  { due_date: null, due_at: null, time_zone: null },
  { due_date: '2026-12-01', due_at: null, time_zone: null },
  { due_date: null, due_at: '2026-12-01T09:30:00', time_zone: 'Asia/Tokyo' },
])('given a task due $due_date$due_at when its form is saved as it is then it is due as before', (due) => {
  expect(duePatch(dueFormOf(task(due), 'Europe/Berlin'))).toEqual(due);
});

test('given a due day when a time is added then it is one in the zone of the browser', () => {
  const form = dueFormOf(task({ due_date: '2026-12-01' }), 'Europe/Berlin');
  expect(duePatch({ ...form, time: '09:00' })).toEqual({
    due_date: null,
    due_at: '2026-12-01T09:00:00',
    time_zone: 'Europe/Berlin',
  });
});
