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

const first = row({ id: 'first', due_date: '2026-11-25' });
const timed = row({ id: 'timed', due_at: '2026-11-26T09:00:00', due_utc: '2026-11-26T08:00:00Z' });
const day = row({ id: 'day', due_date: '2026-11-26' });
const never = row({ id: 'never' });

test('given a list by due date when a task comes then it stands where the server has it: days end last, those without at the end', () => {
  const [all, counted] = [pagesOf([first, day, never]), 4];
  const after = listed(BY_DUE, all, 'timed', timed, NOW);
  expect([ids(after), after.data.pages[0]?.total, after.unsure]).toEqual([
    'first timed day never',
    counted,
    false,
  ]);
  expect(ids(listed({ sort: '-due' }, pagesOf([day, first, never]), 'timed', timed, NOW))).toBe(
    'day timed first never',
  );
});

test('given a task whose due date changed when it is listed then it moves, and counts once', () => {
  const after = listed(BY_DUE, pagesOf([first, day, never]), 'first', row({ id: 'first' }), NOW);
  expect([ids(after), after.data.pages[0]?.total]).toEqual(['day first never', 3]);
});

test('given a list that goes on when a task belongs behind what was read then it comes with the next page', () => {
  const after = listed(BY_DUE, pagesOf([first], 'more'), 'never', never, NOW);
  expect([ids(after), after.unsure]).toEqual(['first', false]);
});

test('given orders by priority, title and time when a task comes then it finds its place in each', () => {
  const [low, high] = [row({ id: 'low', priority: 'low' }), row({ id: 'high', priority: 'high' })];
  const middle = row({ id: 'middle', priority: 'medium' });
  expect(ids(listed({ sort: '-priority' }, pagesOf([high, low]), 'middle', middle, NOW))).toBe(
    'high middle low',
  );
  const [apple, cherry] = [row({ id: 'a', title: 'apple' }), row({ id: 'c', title: 'Cherry' })];
  const other = row({ id: 'b', title: 'Éclair' });
  expect(ids(listed({ sort: 'title' }, pagesOf([apple, cherry]), 'b', other, NOW))).toBe('a c b');
  const newest = row({ id: 'n', created_at: '2026-11-02T08:00:00Z' });
  expect(ids(listed({}, pagesOf([apple, cherry]), 'n', newest, NOW))).toBe('n a c');
});

test('given a search when a task that may match comes then the list is to be read again', () => {
  expect(listed({ q: 'milk' }, pagesOf([first]), 'day', day, NOW).unsure).toBe(true);
});

test('given a newer row when an older one comes then the newer one stays', () => {
  const newer = row({ id: 'first', title: 'newer', version: 3 });
  const after = listed(BY_DUE, pagesOf([newer]), 'first', { ...first, version: 2 }, NOW);
  expect(after.data.pages[0]?.rows[0]?.title).toBe('newer');
});
