/** What is read of one task beside the task itself. */
import { keepPreviousData, useQuery, type QueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';

import { api, dataOf } from '../api/client';
import type { HistoryItem, Task } from '../api/types';
import { keys } from './keys';
import { isGoing, withPending } from './overlay';
import { usePendingWrites, type PendingWrite } from './pending';

const PAGE = 200;

/** The tasks right below a task, by rank, with what was done to them and is not confirmed yet. */
export function useSubtasks(id: string) {
  const pending = usePendingWrites();
  const select = useCallback((tasks: Task[]) => subtasksAfter(tasks, pending), [pending]);
  return useQuery<Task[]>({
    select,
    queryKey: keys.subtasksOf(id),
    queryFn: ({ signal }) => readSubtasks(id, signal),
  });
}

/** Subtasks with what was done to them and is not confirmed yet: one that has got another place stands there. */
export function subtasksAfter(tasks: readonly Task[], pending: readonly PendingWrite[]): Task[] {
  const after = tasks.filter(({ id }) => !isGoing(id, pending)).map((task) => withPending(task, pending));
  const ranks = new Map(tasks.map(({ id, rank }) => [id, rank]));
  return after.some(({ id, rank }) => ranks.get(id) !== rank) ? after.toSorted(byRank) : after;
}

/** As the server has them: those without a rank come last, as they came. */
function byRank({ rank: one }: Task, { rank: other }: Task): number {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? 1 : -1;
  return one < other ? -1 : 1;
}

/** Reads all tasks right below a task: a place among them is one among all. */
export function readSubtasks(id: string, signal: AbortSignal): Promise<Task[]> {
  return readAll((query) => {
    const params = { path: { id }, query };
    return dataOf(api.GET('/tasks/{id}/subtasks', { params, signal }));
  });
}

interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

/** Reads page after page, to the last one. */
async function readAll<T>(
  readPage: (query: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await readPage(cursor === null ? { limit: PAGE } : { limit: PAGE, cursor });
    items.push(...page.items);
    cursor = page.next_cursor ?? null;
  } while (cursor !== null);
  return items;
}

/** A task has changed or is gone (`null`): lists of subtasks that it is in, or may be in, are read again. */
export function refreshSubtasks(client: QueryClient, id: string, task: Task | null): void {
  void client.invalidateQueries({
    queryKey: keys.subtasks,
    predicate: (query) =>
      query.queryKey[2] === task?.parent_id ||
      ((query.state.data as Task[] | undefined)?.some((subtask) => subtask.id === id) ?? false),
  });
}

/** What happened to a task up to its version, oldest first. */
export function useHistory(id: string, version: number) {
  return useQuery<HistoryItem[]>({
    queryKey: keys.history(id, version),
    queryFn: ({ signal }) => readHistory(id, signal),
    placeholderData: keepPreviousData,
  });
}

/** The same of a task that is not there any more; it fails for one that never was. */
export function useHistoryOfGone(id: string) {
  return useQuery<HistoryItem[]>({
    queryKey: keys.historyOfGone(id),
    queryFn: ({ signal }) => readHistory(id, signal),
    // It may have come back, and be gone again.
    staleTime: 0,
  });
}

/** Reads all that happened to a task: what became of it stands at the end. */
export function readHistory(id: string, signal: AbortSignal): Promise<HistoryItem[]> {
  return readAll((query) =>
    dataOf(api.GET('/tasks/{id}/history', { params: { path: { id }, query }, signal })),
  );
}

/** Reads a task as it was at a version. */
export async function readAsOf(id: string, version: number, signal?: AbortSignal): Promise<Task> {
  const params = { path: { id }, query: { as_of: String(version) } };
  return dataOf(api.GET('/tasks/{id}', { params, ...(signal && { signal }) }));
}

/** A task as it was at a version. */
export function useTaskAsOf(id: string, version: number) {
  return useQuery<Task>({
    queryKey: keys.asOf(id, version),
    queryFn: ({ signal }) => readAsOf(id, version, signal),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}
