import { expect, test } from 'vitest';

import { intentOf, operationOf, rowAfter } from './change';
import { row } from './testing';

const plain = row({ id: 'a', version: 4, tags: ['home'] });
const timed = row({
  id: 'b',
  version: 2,
  due_at: '2026-12-01T09:00:00',
  time_zone: 'Europe/Berlin',
  due_utc: '2026-12-01T08:00:00Z',
});

test('given a task when it is given a day then it is due on that day', () => {
  expect(operationOf({ kind: 'due', day: '2026-12-24' }, plain)).toEqual({
    op: 'update',
    id: 'a',
    if_match: 4,
    patch: { due_date: '2026-12-24' },
  });
});

test('given a task with a time when it is given a day then the time of day stays', () => {
  expect(intentOf({ kind: 'due', day: '2027-07-01' }, timed)).toEqual({
    kind: 'update',
    id: 'b',
    version: 2,
    patch: { due_at: '2027-07-01T09:00:00' },
  });
  const after = rowAfter({ kind: 'due', day: '2027-07-01' }, timed, 3);
  expect([after?.due_utc, after?.version]).toEqual(['2027-07-01T07:00:00.000Z', 3]);
});

test('given a task with a time when its due date is taken away then its time and zone go too', () => {
  expect(operationOf({ kind: 'due', day: null }, timed)).toMatchObject({
    patch: { due_at: null, time_zone: null },
  });
  expect(rowAfter({ kind: 'due', day: null }, timed, 3)).toMatchObject({ day: null, due_utc: null });
});

test('given tags when one is added or taken away then the others stay', () => {
  expect(operationOf({ kind: 'tag', tag: 'work', has: true }, plain)).toMatchObject({
    patch: { tags: ['home', 'work'] },
  });
  expect(operationOf({ kind: 'tag', tag: 'home', has: false }, plain)).toMatchObject({ patch: { tags: [] } });
});

test('given a task that is so already when it is changed then nothing is asked for', () => {
  expect(operationOf({ kind: 'tag', tag: 'home', has: true }, plain)).toBeNull();
  expect(operationOf({ kind: 'priority', priority: 'none' }, plain)).toBeNull();
  expect(operationOf({ kind: 'due', day: null }, plain)).toBeNull();
  expect(intentOf({ kind: 'reopen' }, plain)).toBeNull();
});

test('given a task when it is completed or deleted then it is for the version that was seen', () => {
  expect(intentOf({ kind: 'complete' }, plain)).toEqual({ kind: 'complete', id: 'a', version: 4 });
  expect(operationOf({ kind: 'delete' }, plain)).toEqual({ op: 'delete', id: 'a', if_match: 4 });
  expect(rowAfter({ kind: 'delete' }, plain, 5)).toBeNull();
});
