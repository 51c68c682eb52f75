import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type Query,
  type QueryClient,
} from '@tanstack/react-query';
import { useCallback } from 'react';

import { api, dataOf } from '../api/client';
import type { Filter, Task } from '../api/types';
import { listsOf } from './cache';
import { filtersAfter, usePendingFilters } from './filterOverlay';
import { keys, type TasksQuery } from './keys';
import { finder, PAGES_READ_AGAIN } from './listing';
import { listWithPending, withPending } from './overlay';
import { pageOf } from './page';
import { usePendingWrites } from './pending';
import { toRow, type TaskRow } from './row';

/** A page of a list. */
export interface RowPage {
  rows: TaskRow[];
  nextCursor: string | null;
  /** How many tasks match in all; only the first page says. */
  total: number | null;
  /** There are `total` or more. */
  totalIsExact: boolean;
}

/** A list as it is cached. */
export type RowPages = InfiniteData<RowPage, string | null>;

async function readPage(query: TasksQuery, cursor: string | null, signal: AbortSignal): Promise<RowPage> {
  const answer = await dataOf(api.GET('/tasks', { params: { query: pageOf(query, cursor) }, signal }));
  return {
    rows: answer.items.map(toRow),
    nextCursor: answer.next_cursor ?? null,
    total: answer.total ?? null,
    totalIsExact: answer.total_is_exact ?? true,
  };
}

const isShort = (query: Query<RowPage, Error, RowPages>): boolean =>
  (query.state.data?.pages.length ?? 0) <= PAGES_READ_AGAIN;

/** How a list is read, and kept. */
const listOptions = (query: TasksQuery) => ({
  queryKey: keys.list(query),
  queryFn: ({ pageParam, signal }: { pageParam: string | null; signal: AbortSignal }) =>
    readPage(query, pageParam, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (page: RowPage) => page.nextCursor,
  // Comparing all that is there with all that came would cost more with each page.
  structuralSharing: false,
});

/** Reads the first page of a list before it is shown. Who shows it is told if that fails. */
export async function readList(client: QueryClient, query: TasksQuery): Promise<void> {
  await client.infiniteQuery({ ...listOptions(query), retry: false }).catch(() => undefined);
}

const NOTHING: TasksQuery = {};

/** The tasks that match, page by page, with what was done to them and is not confirmed yet. */
export function useTaskList(query: TasksQuery | null) {
  const client = useQueryClient();
  const pending = usePendingWrites();
  const asked = query ?? NOTHING;
  const select = useCallback(
    (data: RowPages) => {
      if (pending.length === 0) return data;
      const lists = listsOf(client).map((list) => list.data);
      return listWithPending(asked, data, pending, finder(lists, pending.length));
    },
    [asked, pending, client],
  );
  return useInfiniteQuery({
    ...listOptions(asked),
    select,
    enabled: query !== null,
    // While another search of the same view is on its way, the last one stays.
    placeholderData: keepPreviousData,
    refetchOnMount: (list) => isShort(list as unknown as Query<RowPage, Error, RowPages>),
    refetchOnReconnect: false,
  });
}

/** One task, whole, with what was done to it and is not confirmed yet. */
export function useTask(id: string) {
  const pending = usePendingWrites();
  const select = useCallback((task: Task) => withPending(task, pending), [pending]);
  return useQuery<Task>({
    select,
    queryKey: keys.task(id),
    queryFn: ({ signal }) => dataOf(api.GET('/tasks/{id}', { params: { path: { id } }, signal })),
  });
}

/** All tags in use, with how many tasks have them. */
export function useTags() {
  return useQuery({
    queryKey: keys.tags,
    queryFn: async ({ signal }) => (await dataOf(api.GET('/tags', { signal }))).items,
  });
}

/** The tags of open tasks, with how many have them; they are asked for where they are `wanted`. */
export function useOpenTags(wanted: boolean) {
  return useQuery({
    queryKey: keys.openTags,
    enabled: wanted,
    queryFn: async ({ signal }) => {
      const query = { status: ['pending' as const, 'in_progress' as const] };
      return (await dataOf(api.GET('/tags', { params: { query }, signal }))).items;
    },
  });
}

/** The saved filters, by name, with what was done to them and is not confirmed yet; they are asked for where they are `wanted`. */
export function useFilters(wanted = true) {
  const pending = usePendingFilters();
  const select = useCallback((filters: Filter[]) => filtersAfter(filters, pending), [pending]);
  return useQuery<Filter[]>({
    select,
    queryKey: keys.filters,
    enabled: wanted,
    queryFn: async ({ signal }) => {
      const query = { limit: 200 };
      return (await dataOf(api.GET('/filters', { params: { query }, signal }))).items;
    },
  });
}
