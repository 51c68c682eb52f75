import { expect, test } from 'vitest';

import type { StreamEvent } from '../../api/stream';
import { matching, ROWS_MAX, withEvents } from './eventRows';

function told(n: number, name = 'task.created'): StreamEvent {
  const event = {
    id: `event-${n}`,
    subject: `0198-${n}`,
    partitionkey: `default/0198-${n}`,
    sequence: 1,
    time: '2026-11-30T08:00:00Z',
    actor: 'ann',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    data: {},
  };
  return { id: `task-events/0@${n}`, name, data: JSON.stringify(event) };
}

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

test('given events when they come then the newest is first and what comes again is there once', () => {
  const first = withEvents([], [told(1), told(2)]);
  expect(ids(first)).toEqual(['event-2', 'event-1']);
  expect(ids(withEvents(first, [told(2), told(3)]))).toEqual(['event-3', 'event-2', 'event-1']);
  expect(first[0]).toMatchObject({ name: 'task.created', stream: 'default/0198-2', actor: 'ann' });
});

test('given places and signs of life when they come then nothing changes', () => {
  const rows = withEvents([], [told(1)]);
  expect(withEvents(rows, [{ id: 'task-events/0@9', name: 'message', data: '' }])).toBe(rows);
  expect(withEvents(rows, [{ id: '', name: 'cut', data: '{"detail":"too slow"}' }])).toBe(rows);
});

test('given a burst when it comes then the newest are kept', () => {
  const many = Array.from({ length: ROWS_MAX + 10 }, (_, n) => told(n));
  const rows = withEvents(withEvents([], [told(-1)]), many);
  expect([rows.length, rows[0]?.id, rows.at(-1)?.id]).toEqual([
    ROWS_MAX,
    `event-${ROWS_MAX + 9}`,
    'event-10',
  ]);
});

test('given a text when rows are narrowed down then those of its streams and types stay', () => {
  const rows = withEvents([], [told(1), told(2, 'reminder.sent'), told(12)]);
  expect(ids(matching(rows, ' '))).toHaveLength(3);
  expect(ids(matching(rows, '0198-1'))).toEqual(['event-12', 'event-1']);
  expect(ids(matching(rows, 'DEFAULT/0198-2'))).toEqual(['event-2']);
  expect(ids(matching(rows, 'reminder.'))).toEqual(['event-2']);
});
