import { expect, test } from 'vitest';

import type { TasksQuery } from './keys';
import { listed } from './listing';
import type { RowPages } from './queries';
import type { TaskRow } from './row';
import { row } from './testing';

const NOW = new Date('2026-11-25T12:00:00Z');
const BY_DUE: TasksQuery = { sort: 'due' };

function pagesOf(rows: TaskRow[], nextCursor: string | null = null): RowPages {
  return { pages: [{ rows, nextCursor, total: rows.length, totalIsExact: true }], pageParams: [null] };
}

function ids({ data }: { data: RowPages }): string {
  return data.pages.flatMap((page) => page.rows.map(({ id }) => id)).join(' ');
}

const put = (query: TasksQuery, data: RowPages, id: string, changed: TaskRow | null) =>
  listed(query, data, new Map([[id, changed]]), NOW);

const first = row({ id: 'first', due_date: '2026-11-25' });
const timed = row({ id: 'timed', due_at: '2026-11-26T09:00:00', due_utc: '2026-11-26T08:00:00Z' });
const day = row({ id: 'day', due_date: '2026-11-26' });
const never = row({ id: 'never' });

test('given a list by due date when a task comes then it stands where the server has it: days end last, those without at the end', () => {
  const [all, counted] = [pagesOf([first, day, never]), 4];
  const after = put(BY_DUE, all, 'timed', timed);
  expect([ids(after), after.data.pages[0]?.total, after.unsure]).toEqual([
    'first timed day never',
    counted,
    false,
  ]);
  expect(ids(put({ sort: '-due' }, pagesOf([day, first, never]), 'timed', timed))).toBe(
    'day timed first never',
  );
});

test('given a task whose due date changed when it is listed then it moves, and counts once', () => {
  const after = put(BY_DUE, pagesOf([first, day, never]), 'first', row({ id: 'first' }));
  expect([ids(after), after.data.pages[0]?.total]).toEqual(['day first never', 3]);
});

test('given a list that goes on when a task belongs behind what was read then it comes with the next page', () => {
  const after = put(BY_DUE, pagesOf([first], 'more'), 'never', never);
  expect([ids(after), after.unsure]).toEqual(['first', false]);
});

test('given orders by priority, title and time when a task comes then it finds its place in each', () => {
  const [low, high] = [row({ id: 'low', priority: 'low' }), row({ id: 'high', priority: 'high' })];
  const middle = row({ id: 'middle', priority: 'medium' });
  expect(ids(put({ sort: '-priority' }, pagesOf([high, low]), 'middle', middle))).toBe('high middle low');
  const [apple, cherry] = [row({ id: 'a', title: 'apple' }), row({ id: 'c', title: 'Cherry' })];
  const other = row({ id: 'b', title: 'Éclair' });
  expect(ids(put({ sort: 'title' }, pagesOf([apple, cherry]), 'b', other))).toBe('a c b');
  const newest = row({ id: 'n', created_at: '2026-11-02T08:00:00Z' });
  expect(ids(put({}, pagesOf([apple, cherry]), 'n', newest))).toBe('n a c');
});

test('given a search when a task that may match comes then the list is to be read again', () => {
  expect(put({ q: 'milk' }, pagesOf([first]), 'day', day).unsure).toBe(true);
});

test('given a newer row when an older one comes then the newer one stays', () => {
  const newer = row({ id: 'first', title: 'newer', version: 3 });
  const after = put(BY_DUE, pagesOf([newer]), 'first', { ...first, version: 2 });
  expect(after.data.pages[0]?.rows[0]?.title).toBe('newer');
});

test('given a long list when many tasks leave, move and come then each is where it belongs, and counts once', () => {
  const [a, b, c, d] = ['1', '3', '5', '7'].map((day, at) =>
    row({ id: 'abcd'[at] ?? '', due_date: `2026-12-0${day}` }),
  ) as [TaskRow, TaskRow, TaskRow, TaskRow];
  const page = (rows: TaskRow[], nextCursor: string | null, total: number | null) => ({
    ...{ rows, nextCursor, total, totalIsExact: true },
  });
  const data: RowPages = { pages: [page([a, b], 'x', 9), page([c, d], 'y', null)], pageParams: [null, 'x'] };
  const due = (id: string, day: number) => row({ id, due_date: `2026-12-0${day}` });
  const changed = [due('a', 6), due('e', 2), due('f', 4), due('g', 8)].map((one) => [one.id, one] as const);
  const after = listed(BY_DUE, data, new Map<string, TaskRow | null>([...changed, ['c', null]]), NOW);
  expect(after.data.pages.map(({ rows }) => rows.map(({ id }) => id).join(''))).toEqual(['eb', 'fad']);
  expect([after.data.pages[0]?.total, after.unsure]).toEqual([11, false]);
});
