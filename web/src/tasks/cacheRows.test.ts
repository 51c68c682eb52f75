import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';

import { putRows } from './cache';
import { rowsOf } from './cacheRows';
import { keys, type TasksQuery } from './keys';
import type { RowPages } from './queries';
import type { TaskRow } from './row';
import { row, task } from './testing';

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

test('given lists when tasks are completed or deleted then they leave those of open tasks, and enter others', () => {
  const client = new QueryClient();
  listed(client, OPEN, [a, b, c]);
  listed(client, DONE, []);
  const done: TaskRow = { ...a, status: 'completed', version: 2 };
  putRows(client, new Map([['a', done], ['c', null]])); // prettier-ignore
  expect(list(client, OPEN)).toEqual({ ids: ['b'], total: 1, isStale: false });
  expect(list(client, DONE)).toEqual({ ids: ['a'], total: 1, isStale: false });
});

test('given a list of which all left when they come back then each is in its place', () => {
  const client = new QueryClient();
  const query: TasksQuery = { ...OPEN, sort: 'title' };
  listed(client, query, [a, b, c]);
  putRows(client, new Map([['a', null], ['b', null], ['c', null]])); // prettier-ignore
  putRows(client, new Map([['c', c], ['a', a], ['b', b]])); // prettier-ignore
  expect(list(client, query)).toEqual({ ids: ['a', 'b', 'c'], total: 3, isStale: false });
});

test('given a list that is not read to its end when a task belongs behind it then it is counted, and comes with the others', () => {
  const client = new QueryClient();
  const page = { rows: [a, b], nextCursor: 'next', total: 9, totalIsExact: true };
  const query: TasksQuery = { ...OPEN, sort: 'title' };
  client.setQueryData<RowPages>(keys.list(query), { pages: [page], pageParams: [null] });
  putRows(client, new Map([['c', c]]));
  expect(list(client, query)).toMatchObject({ ids: ['a', 'b'], total: 10 });
});

test('given a search when a task of it changes then it is changed where it stands, and the server is asked', () => {
  const client = new QueryClient();
  listed(client, { q: 'a' }, [a, b]);
  putRows(client, new Map([['b', { ...b, priority: 'high', version: 2 }]]));
  expect(list(client, { q: 'a' })).toEqual({ ids: ['a', 'b'], total: 2, isStale: true });
});

test('given tasks in several lists when their rows are asked for then the newest come, in order', () => {
  const client = new QueryClient();
  listed(client, OPEN, [a, b]);
  listed(client, {}, [{ ...a, version: 5 }, c]);
  const rows = rowsOf(client, ['c', 'a', 'x']);
  expect(rows.map(({ id, version }) => [id, version])).toEqual([['c', 1], ['a', 5]]); // prettier-ignore
});

test('given a task that the panel alone has when its row is asked for then it is there too', () => {
  const client = new QueryClient();
  listed(client, OPEN, [a]);
  client.setQueryData(keys.task('b'), task({ id: 'b', title: 'part of it', version: 3 }));
  expect(rowsOf(client, ['b', 'a']).map(({ title, version }) => [title, version])).toEqual([
    ['part of it', 3],
    ['a', 1],
  ]);
});
