import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { beforeEach, expect, test, vi } from 'vitest';

import { keys, type TasksQuery } from './keys';
import type { RowPage, RowPages } from './queries';
import { recount } from './recount';
import { row } from './testing';

type Get = (path: string, asked: { params: { query: unknown } }) => Promise<unknown>;
const get = vi.hoisted(() => vi.fn<Get>());
vi.mock('../api/client', () => ({
  api: { GET: get },
  dataOf: async (call: Promise<{ data: unknown }>) => (await call).data,
}));

const QUERY: TasksQuery = { status: ['pending'], sort: 'title' };
const page = (id: string, nextCursor: string | null, total: number | null): RowPage => ({
  ...{ rows: [row({ id })], nextCursor, total, totalIsExact: true },
});

/** What was asked for, and the answers: each comes when it is given. */
const answers: ((total: number) => void)[] = [];
const told = (total: number) => ({ data: { total, total_is_exact: true } });
const asked = () => get.mock.calls.map(([, { params }]) => params.query);

let client: QueryClient;

beforeEach(() => {
  client = new QueryClient();
  answers.length = 0;
  get.mockReset();
  get.mockImplementation(() => new Promise((answer) => answers.push((total) => answer(told(total)))));
});

function read(...pages: RowPage[]): void {
  const pageParams = pages.map(() => null);
  client.setQueryData<RowPages>(keys.list(QUERY), { pages, pageParams });
}

/** Shows the list; its next page is the answer to `next`. */
function seen(next: Promise<RowPage> = Promise.reject(new Error('was not to be read'))) {
  next.catch(() => undefined);
  const list = new InfiniteQueryObserver(client, {
    queryKey: keys.list(QUERY),
    queryFn: () => next,
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }: RowPage) => nextCursor,
    staleTime: Infinity,
    structuralSharing: false,
  });
  list.subscribe(() => undefined);
  return list;
}

const pages = () => client.getQueryData<RowPages>(keys.list(QUERY))?.pages;
const total = () => pages()?.[0]?.total;

test('given a list that goes on when its tasks are counted again then it says so many, and nothing else of it is read', async () => {
  read(page('a', 'more', 300));
  seen();
  recount(client);
  expect(asked()).toEqual([{ ...QUERY, limit: 1, total: true }]);
  answers[0]?.(299);
  await expect.poll(total).toBe(299);
  expect(pages()?.[0]?.rows.map(({ id }) => id)).toEqual(['a']);
});

test('given the next page of a list on its way when its tasks are counted again then that is not lost with the page', async () => {
  read(page('a', 'more', 300));
  let come: (page: RowPage) => void = () => undefined;
  const list = seen(new Promise((answer) => (come = answer)));
  void list.fetchNextPage();
  recount(client);
  answers[0]?.(299);
  // The count has come by then.
  await new Promise((go) => setTimeout(go));
  come(page('b', 'more', null));
  await expect.poll(total).toBe(299);
  expect(pages()).toHaveLength(2);
});

test('given counts that come in another order than they were asked for when both are there then the later one holds', async () => {
  read(page('a', 'more', 300));
  seen();
  recount(client);
  recount(client);
  answers[1]?.(298);
  await expect.poll(total).toBe(298);
  answers[0]?.(299);
  await new Promise((go) => setTimeout(go));
  expect(total()).toBe(298);
});

test('given lists when they are counted again then one that was read to its end is not asked about, and a short one that nobody sees is read when it is next looked at', () => {
  read(page('a', 'more', 300));
  const ended: TasksQuery = { sort: 'due' };
  client.setQueryData<RowPages>(keys.list(ended), { pages: [page('a', null, 1)], pageParams: [null] });
  recount(client);
  expect(asked()).toEqual([]);
  const isStale = (query: TasksQuery) => client.getQueryState(keys.list(query))?.isInvalidated;
  expect([isStale(QUERY), isStale(ended)]).toEqual([true, false]);
});
