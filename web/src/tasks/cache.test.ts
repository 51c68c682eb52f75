import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';

import type { Task } from '../api/types';
import { putTask } from './cache';
import { keys, type TasksQuery } from './keys';
import type { RowPages } from './queries';
import { task } from './testing';
import { toRow } from './row';

const OPEN: TasksQuery = { status: ['pending', 'in_progress'], sort: 'due' };

function listed(client: QueryClient, query: TasksQuery, tasks: Task[]) {
  const page = { rows: tasks.map(toRow), nextCursor: null, total: tasks.length, totalIsExact: true };
  client.setQueryData<RowPages>(keys.list(query), { pages: [page], pageParams: [null] });
}

function list(client: QueryClient, query: TasksQuery) {
  const page = client.getQueryData<RowPages>(keys.list(query))?.pages[0];
  return { titles: page?.rows.map((row) => row.title), total: page?.total };
}

const one = task({ id: 'a', title: 'one' });
const two = task({ id: 'b', title: 'two' });

test('given a list of open tasks when one is completed then it leaves, and the list counts one less', () => {
  const client = new QueryClient();
  listed(client, OPEN, [one, two]);
  putTask(client, 'a', { ...one, status: 'completed', version: 2 });
  expect(list(client, OPEN)).toEqual({ titles: ['two'], total: 1 });
});

test('given a list of all when one is completed then it stays where it is', () => {
  const client = new QueryClient();
  listed(client, {}, [one, two]);
  putTask(client, 'a', { ...one, status: 'completed', version: 2 });
  expect(list(client, {})).toEqual({ titles: ['one', 'two'], total: 2 });
});

test('given lists when a task is deleted then it leaves them all', () => {
  const client = new QueryClient();
  listed(client, OPEN, [one, two]);
  listed(client, {}, [one]);
  putTask(client, 'a', null);
  expect([list(client, OPEN).titles, list(client, {}).titles]).toEqual([['two'], []]);
});

test('given a newer task when an older answer comes then the newer one stays', () => {
  const client = new QueryClient();
  client.setQueryData(keys.task('a'), { ...one, title: 'newer', version: 3 });
  putTask(client, 'a', { ...one, version: 2 });
  expect(client.getQueryData<Task>(keys.task('a'))?.title).toBe('newer');
});

test('given a task that a list lacks when it comes to match then it is there, and a search that may have it is read again', () => {
  const client = new QueryClient();
  listed(client, OPEN, [two]);
  listed(client, { q: 'one' }, []);
  listed(client, { status: ['completed'] }, []);
  putTask(client, 'a', one);
  expect(list(client, OPEN)).toEqual({ titles: ['one', 'two'], total: 2 });
  const isStale = (query: TasksQuery) => client.getQueryState(keys.list(query))?.isInvalidated;
  expect([isStale({ q: 'one' }), isStale({ status: ['completed'] })]).toEqual([true, false]);
});
