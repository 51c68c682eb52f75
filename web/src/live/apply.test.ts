import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';

import type { Task } from '../api/types';
import { putRows, putTask } from '../tasks/cache';
import { keys, type TasksQuery } from '../tasks/keys';
import type { RowPage, RowPages } from '../tasks/queries';
import { row, task } from '../tasks/testing';
import { applyEvents, readAnew } from './apply';
import type { EventOf } from './events';

const AT = '2026-11-25T08:00:00Z';

const created: EventOf<'task.created'> = {
  ...{ name: 'task.created', id: 'a', version: 1 },
  data: {
    ...{ id: 'a', title: 'one', status: 'pending', priority: 'none', tags: [], description: '', due: null },
    ...{ created_at: AT, updated_at: AT, completed_at: null, recurrence_pattern: null, series_id: null },
  },
};

/** Asks for a list; whoever wants to answers it. */
function asked(client: QueryClient) {
  const answers: ((page: RowPage) => void)[] = [];
  const list = new InfiniteQueryObserver(client, {
    queryKey: keys.list({}),
    queryFn: () => new Promise<RowPage>((answer) => answers.push(answer)),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }: RowPage) => nextCursor,
    structuralSharing: false,
  });
  const stop = list.subscribe(() => undefined);
  const end = () => {
    stop();
    client.clear();
  };
  return { answers, end, list };
}

const EMPTY: RowPage = { rows: [], nextCursor: null, total: 0, totalIsExact: true };

test('given a list whose answer is on its way when an event comes then it is read once more, however many events come', async () => {
  const client = new QueryClient();
  const { answers, end } = asked(client);
  await applyEvents(client, [created]);
  await applyEvents(client, [created]);
  expect(answers).toHaveLength(1);
  answers[0]?.(EMPTY);
  await expect.poll(() => answers.length).toBe(2);
  end();
});

test('given a list whose answer is on its way when a task is made in this window then it is read once more', async () => {
  const client = new QueryClient();
  const { answers, end } = asked(client);
  await expect.poll(() => answers.length).toBe(1);
  putTask(client, 'a', task({ id: 'a' }));
  answers[0]?.(EMPTY);
  await expect.poll(() => answers.length).toBe(2);
  end();
});

test('given a list whose answer is on its way when this window changes many at once then it is read once more', async () => {
  const client = new QueryClient();
  const { answers, end } = asked(client);
  await expect.poll(() => answers.length).toBe(1);
  putRows(client, new Map([['a', row({ id: 'a' })]]));
  answers[0]?.(EMPTY);
  await expect.poll(() => answers.length).toBe(2);
  end();
});

test('given a list that is read again when a task is made in this window then the older answer never shows', async () => {
  const client = new QueryClient();
  const { answers, end } = asked(client);
  await expect.poll(() => answers.length).toBe(1);
  answers[0]?.(EMPTY);
  await expect.poll(() => client.isFetching()).toBe(0);
  void client.invalidateQueries({ queryKey: keys.list({}) });
  await expect.poll(() => answers.length).toBe(2);
  putTask(client, 'a', task({ id: 'a', title: 'one' }));
  await expect.poll(() => answers.length).toBe(3);
  const titles: unknown[] = [];
  const stop = client.getQueryCache().subscribe(() => titles.push(shown(client, {}).titles));
  answers[1]?.(EMPTY);
  answers[2]?.({ ...EMPTY, rows: [row({ id: 'a', title: 'one' })] });
  await expect.poll(() => client.isFetching()).toBe(0);
  stop();
  expect(titles).not.toContainEqual([]);
  end();
});

test('given the next page of a list on its way when a task is made in this window then the list has it when the page has come', async () => {
  const client = new QueryClient();
  const { answers, end, list } = asked(client);
  await expect.poll(() => answers.length).toBe(1);
  answers[0]?.({ ...EMPTY, rows: [row({ id: 'x', title: 'x' })], nextCursor: 'next' });
  await expect.poll(() => client.isFetching()).toBe(0);
  void list.fetchNextPage();
  await expect.poll(() => answers.length).toBe(2);
  putTask(client, 'a', task({ id: 'a', title: 'one' }));
  answers[1]?.({ ...EMPTY, rows: [row({ id: 'y', title: 'y' })] });
  const titles = () => client.getQueryData<RowPages>(keys.list({}))?.pages.flatMap(({ rows }) => rows);
  await expect
    .poll(() =>
      titles()
        ?.map(({ title }) => title)
        .sort(),
    )
    .toEqual(['one', 'x', 'y']);
  end();
});

test('given a task that the panel has and no list when an event tells what is known then lists that should have it are read again', async () => {
  const client = new QueryClient();
  const { answers, end } = asked(client);
  await expect.poll(() => answers.length).toBe(1);
  answers[0]?.(EMPTY);
  await expect.poll(() => client.isFetching()).toBe(0);
  client.setQueryData(keys.task('a'), task({ id: 'a' }));
  await applyEvents(client, [created]);
  await expect.poll(() => answers.length).toBe(2);
  end();
});

test('given a list when it is not known what happened then it is read again: a first answer that is on its way too, once it has come', async () => {
  const client = new QueryClient();
  const { answers, end } = asked(client);
  await expect.poll(() => answers.length).toBe(1);
  readAnew(client);
  answers[0]?.(EMPTY);
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.(EMPTY);
  await expect.poll(() => client.isFetching()).toBe(0);
  readAnew(client);
  await expect.poll(() => answers.length).toBe(3);
  end();
});

const DAY = '2026-11-30';
const ALL: TasksQuery = { sort: 'due' };
const TODAY: TasksQuery = { sort: 'due', due_from: DAY, due_to: DAY };

/** A list as it was answered. */
function answered(client: QueryClient, query: TasksQuery, tasks: Partial<Task>[], nextCursor?: string) {
  const rows = tasks.map((given) => row({ due_date: DAY, ...given }));
  const page = { rows, nextCursor: nextCursor ?? null, total: 10, totalIsExact: true };
  client.setQueryData<RowPages>(keys.list(query), { pages: [page], pageParams: [null] });
}

function shown(client: QueryClient, query: TasksQuery) {
  const page = client.getQueryData<RowPages>(keys.list(query))?.pages[0];
  return { titles: page?.rows.map(({ title }) => title), total: page?.total };
}

const updated: EventOf<'task.updated'> = {
  ...{ name: 'task.updated', id: 'a', version: 2 },
  data: { changes: { title: 'two' }, updated_at: AT },
};

test('given a list from before a change and one from after it when the event comes then both have it, and neither counts it again', async () => {
  const client = new QueryClient();
  answered(client, ALL, [{ id: 'a', title: 'one' }]);
  answered(client, TODAY, [{ id: 'a', title: 'two', version: 2 }]);
  client.setQueryData(keys.task('a'), task({ id: 'a', title: 'one' }));
  await applyEvents(client, [updated]);
  expect(shown(client, ALL)).toEqual({ titles: ['two'], total: 10 });
  expect(shown(client, TODAY)).toEqual({ titles: ['two'], total: 10 });
  expect(client.getQueryState(keys.task('a'))?.isInvalidated).toBe(true);
});

test('given a task that only the panel has as it is now when the event comes then lists that have it follow, and others do not get it', async () => {
  const client = new QueryClient();
  answered(client, ALL, [{ id: 'a', title: 'one' }]);
  answered(client, TODAY, []);
  client.setQueryData(keys.task('a'), task({ id: 'a', title: 'two', due_date: DAY, version: 2 }));
  await applyEvents(client, [updated]);
  expect(shown(client, ALL)).toEqual({ titles: ['two'], total: 10 });
  expect(shown(client, TODAY)).toEqual({ titles: [], total: 10 });
});

test('given a list that goes on when somebody changes a task behind what was read of it then that is not counted again', async () => {
  const client = new QueryClient();
  answered(client, ALL, [{ id: 'last', title: 'last' }], 'more');
  client.setQueryData(keys.task('a'), task({ id: 'a', title: 'one', due_date: '2026-12-01' }));
  await applyEvents(client, [updated]);
  expect(shown(client, ALL)).toEqual({ titles: ['last'], total: 10 });
});

test.each([
  ['lists that end', undefined, '2026-12-01', ['last', 'one'], 11],
  ['a place among what was read', 'more', '2026-11-29', ['one', 'last'], 11],
  ['a place behind what was read', 'more', '2026-12-01', ['last'], 10],
])(
  'given %s when a task was made between two answers then the older one gets it where it lacks it for certain',
  async (_, more, due_date, titles, total) => {
    const client = new QueryClient();
    answered(client, ALL, [{ id: 'last', title: 'last' }], more);
    answered(client, { sort: 'title' }, [{ id: 'a', title: 'one', due_date }]);
    await applyEvents(client, [created]);
    expect(shown(client, ALL)).toEqual({ titles, total });
  },
);
