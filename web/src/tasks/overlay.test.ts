import { expect, test, vi } from 'vitest';

import type { TaskPatch } from '../api/types';
import type { TaskIntent } from './intent';
import type { TasksQuery } from './keys';
import { listWithPending, withPending } from './overlay';
import type { PendingWrite } from './pending';
import type { RowPages } from './queries';
import { row, task } from './testing';

const OPEN: TasksQuery = { status: ['pending', 'in_progress'], sort: 'due' };
const one = row({ id: 'a', title: 'one', due_date: '2026-11-25' });
const two = row({ id: 'b', title: 'two', due_date: '2026-11-26' });
const data: RowPages = {
  pages: [{ rows: [one, two], nextCursor: null, total: 2, totalIsExact: true }],
  pageParams: [null],
};

const pending = (...intents: TaskIntent[]): PendingWrite[] =>
  intents.map((intent, at) => ({ key: `${at}`, intent, begunAt: 0, waiting: false }));
const nothing = () => undefined;
const titles = (pages: RowPages) => pages.pages.flatMap((page) => page.rows.map(({ title }) => title));

test('given a list when one is completed then it leaves at once, and is back where it was once that is refused', () => {
  const shown = listWithPending(OPEN, data, pending({ kind: 'complete', id: 'a' }), nothing);
  expect([titles(shown), shown.pages[0]?.total]).toEqual([['two'], 1]);
  expect(listWithPending(OPEN, data, pending(), nothing)).toBe(data);
});

test('given several writes to a task when they are pending then the last word of each field holds', () => {
  const writes = pending(
    { kind: 'update', id: 'a', patch: { title: 'uno', description: 'x' } },
    { kind: 'update', id: 'a', patch: { due_date: '2026-11-30', priority: null } },
  );
  const shown = listWithPending(OPEN, data, writes, nothing);
  expect(titles(shown)).toEqual(['two', 'uno']);
  expect(shown.pages[0]?.rows[1]).toMatchObject({ day: '2026-11-30', priority: 'none', noted: true });
});

test('given a task of another list when it comes to match then it is here too', () => {
  const done = row({ id: 'c', title: 'three', status: 'completed', due_date: '2026-11-24' });
  const shown = listWithPending(OPEN, data, pending({ kind: 'reopen', id: 'c' }), () => done);
  expect(titles(shown)).toEqual(['three', 'one', 'two']);
});

test('given a write that cannot be sent when the list is shown then the row says so', () => {
  const update = { kind: 'update', id: 'b', patch: { title: 'zwei' } } as const;
  const [write] = pending(update).map((one) => ({ ...one, waiting: true }));
  const shown = listWithPending(OPEN, data, write ? [write] : [], nothing);
  expect(shown.pages[0]?.rows.map(({ waiting }) => waiting)).toEqual([undefined, true]);
});

test('given a task in the panel when writes are pending then it shows them, and one that is deleted stays until it is', () => {
  const held = task({ id: 'a', due_date: '2026-11-25' });
  const patch = { due_date: null, tags: null, description: null };
  const shown = withPending(held, pending({ kind: 'update', id: 'a', patch }, { kind: 'delete', id: 'a' }));
  expect(shown).toMatchObject({ due_date: null, tags: [], description: '', version: 1 });
});

test('given a task that is to repeat, or otherwise, when that is pending then it says so already', () => {
  const rule = { from: 'due', generate: 'when_completed', missed: 'collapse' } as const;
  const repeat = (recurrence_pattern: NonNullable<TaskPatch['recurrence_pattern']> | null) =>
    pending({ kind: 'update', id: 'a', patch: { recurrence_pattern } });
  const weekly = repeat({ rrule: 'FREQ=WEEKLY', ...rule });
  const [first] = listWithPending(OPEN, data, weekly, nothing).pages[0]?.rows ?? [];
  expect(first?.recurrence_pattern).toEqual({ rrule: 'FREQ=WEEKLY', ...rule });
  const daily = task({ id: 'a', recurrence_pattern: { rrule: 'FREQ=DAILY', ...rule } });
  expect(withPending(daily, repeat({ rrule: 'FREQ=WEEKLY' })).recurrence_pattern).toEqual({
    rrule: 'FREQ=WEEKLY',
    ...rule,
  });
  expect(withPending(daily, repeat(null)).recurrence_pattern).toBeNull();
});

test('given a time in another zone when it is pending then the task is at its instant, and at none where nobody knows the zone', () => {
  const dueIn = (time_zone: string) => {
    const patch = { due_date: null, due_at: '2026-11-30T06:30:00', time_zone };
    return withPending(task({ id: 'a' }), pending({ kind: 'update', id: 'a', patch })).due_utc;
  };
  expect(dueIn('Asia/Tokyo')).toBe('2026-11-29T21:30:00.000Z');
  expect(dueIn('America/New_York')).toBe('2026-11-30T11:30:00.000Z');
  expect(dueIn('Asia/Atlantis')).toBeNull();
});

test('given many writes when they are pending then the list is not gone through for each of them', () => {
  const rows = Array.from({ length: 500 }, (_, at) => row({ id: `${at}`, due_date: '2026-11-25' }));
  const find = vi.fn(rows.find.bind(rows));
  const page = { rows: Object.assign(rows, { find }), nextCursor: null, total: 500, totalIsExact: true };
  const writes = pending(...rows.map(({ id }) => ({ kind: 'complete', id }) as const));
  const shown = listWithPending(OPEN, { pages: [page], pageParams: [null] }, writes, nothing);
  expect([titles(shown), shown.pages[0]?.total]).toEqual([[], 0]);
  expect(find).not.toHaveBeenCalled();
});
