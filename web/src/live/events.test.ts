import { expect, test } from 'vitest';

import { byTask, outcomeOf, readEvent, type LogEvent } from './events';

const AT = '2026-11-30T08:10:00Z';
/** An event that says no more than a test is about. */
const event = (name: string, version: number, data: object = {}, id = 'a') =>
  ({ name: `task.${name}`, id, version, data }) as LogEvent;
const renamed = (version: number, title: string) =>
  event('updated', version, { changes: { title }, updated_at: AT });

test('given what the stream sends when it is read then the subject and its version are known, and a place is no event', () => {
  const data = { subject: 'a', sequence: 3, data: { changes: {} }, type: 'tasklog.task.updated.v1' };
  const read = readEvent({ id: 'task-events/0@7', name: 'task.updated', data: JSON.stringify(data) });
  expect(read).toEqual({ name: 'task.updated', id: 'a', version: 3, data: { changes: {} } });
  expect(readEvent({ id: 'task-events/0@8', name: 'message', data: '' })).toBeNull();
});

test('given events of several tasks, some twice and out of order, when they are merged then each task has its own in order', () => {
  const events = [renamed(3, 'c'), renamed(2, 'b'), event('deleted', 9, {}, 'other'), renamed(3, 'c')];
  const rung: LogEvent = { name: 'reminder.triggered', id: 'a', version: 1, data: { triggered_at: AT } };
  const merged = byTask([...events, rung]);
  expect([...merged].map(([id, its]) => [id, its.map(({ version }) => version)])).toEqual([
    ['a', [2, 3]],
    ['other', [9]],
  ]);
});

test('given a task at a version when the next events come then the last word of each field holds', () => {
  const completed = event('completed', 4, { completed_at: AT, changes: { priority: 'high', due: null } });
  expect(outcomeOf([renamed(2, 'b'), renamed(3, 'c'), completed], 1)).toEqual({
    kind: 'changed',
    fields: {
      ...{ version: 4, title: 'c', status: 'completed', priority: 'high' },
      ...{ completed_at: AT, updated_at: AT },
      ...{ due_date: null, due_at: null, time_zone: null, due_utc: null },
    },
  });
});

test('given what the page has already when its events come again then nothing happens', () => {
  expect(outcomeOf([renamed(2, 'b'), renamed(3, 'c')], 3)).toEqual({ kind: 'known' });
});

test('given a gap, a wall time or a task that was not read when events come then the task is read', () => {
  const due = { due_at: '2026-12-01T09:00:00', time_zone: 'Europe/Berlin' };
  const moved = event('updated', 2, { changes: { due }, updated_at: AT });
  const outcomes = [
    outcomeOf([renamed(3, 'c')], 1),
    outcomeOf([moved], 1),
    outcomeOf([renamed(2, 'b')], undefined),
    outcomeOf([event('restored', 5, { restored_at: AT })], 4),
  ];
  expect(outcomes.map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
});

test('given a new task when its event comes then the event says all of it', () => {
  const data = { id: 'a', title: 'Feed the cat', status: 'pending', due: { due_date: '2026-12-01' } };
  const outcome = outcomeOf([event('created', 1, data), renamed(2, 'Feed the cats')], undefined);
  expect(outcome).toMatchObject({
    kind: 'changed',
    fields: { title: 'Feed the cats', due_date: '2026-12-01', due_utc: null, parent_id: null, version: 2 },
  });
});

test('given a task that is deleted in the end when its events come then it is gone, whatever was before', () => {
  expect(outcomeOf([renamed(7, 'x'), event('deleted', 8)], undefined)).toEqual({ kind: 'gone' });
});
