import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';

import { putRows, rowsOf } from './cacheRows';
import { keys, type TasksQuery } from './keys';
import type { RowPages } from './queries';
import type { TaskRow } from './row';
import { row } from './testing';

const OPEN: TasksQuery = { status: ['pending', 'in_progress'] };
const DONE: TasksQuery = { status: ['completed'] };

function listed(client: QueryClient, query: TasksQuery, rows: TaskRow[]) {
  const page = { rows, nextCursor: null, total: rows.length, totalIsExact: true };
  client.setQueryData<RowPages>(keys.list(query), { pages: [page], pageParams: [null] });
}

function list(client: QueryClient, query: TasksQuery) {
  const page = client.getQueryData<RowPages>(keys.list(query))?.pages[0];
  const isStale = client.getQueryState(keys.list(query))?.isInvalidated;
  return { ids: page?.rows.map(({ id }) => id), total: page?.total, isStale };
}

const [a, b, c] = ['a', 'b', 'c'].map((id) => row({ id, title: id })) as [TaskRow, TaskRow, TaskRow];

test('given lists when tasks are completed or deleted then they leave those of open tasks', () => {
  const client = new QueryClient();
  listed(client, OPEN, [a, b, c]);
  listed(client, DONE, []);
  const done: TaskRow = { ...a, status: 'completed', version: 2 };
  putRows(client, new Map([['a', done], ['c', null]])); // prettier-ignore
  expect(list(client, OPEN)).toEqual({ ids: ['b'], total: 1, isStale: false });
  expect(list(client, DONE).isStale).toBe(true);
});

test('given a list when a task of it changes its place then it is read again', () => {
  const client = new QueryClient();
  listed(client, OPEN, [a, b]);
  putRows(client, new Map([['a', { ...a, tags: ['home'], version: 2 }]]));
  expect(list(client, OPEN).isStale).toBe(false);
  putRows(client, new Map([['a', { ...a, priority: 'high', version: 3 }]]));
  expect(list(client, OPEN)).toEqual({ ids: ['a', 'b'], total: 2, isStale: true });
});

test('given tasks in several lists when their rows are asked for then the newest come, in order', () => {
  const client = new QueryClient();
  listed(client, OPEN, [a, b]);
  listed(client, {}, [{ ...a, version: 5 }, c]);
  const rows = rowsOf(client, ['c', 'a', 'x']);
  expect(rows.map(({ id, version }) => [id, version])).toEqual([['c', 1], ['a', 5]]); // prettier-ignore
});
