import type { QueryClient } from '@tanstack/react-query';

import type { Task } from '../api/types';
import { keys, type TasksQuery } from './keys';
import { heldIn, lacks, listed, PAGES_READ_AGAIN, type Rows } from './listing';
import { addsTo, readAnewForOwn } from './onItsWay';
import type { RowPages } from './queries';
import { toRow, type TaskRow } from './row';

/** Every list that is cached, with what it asks for. */
export function listsOf(client: QueryClient): { query: TasksQuery; data: RowPages }[] {
  return client
    .getQueriesData<RowPages>({ queryKey: keys.lists })
    .flatMap(([key, data]) => (data ? [{ query: key[2] as TasksQuery, data }] : []));
}

/** A list, with its row of a task where it has one. */
export interface Holding {
  query: TasksQuery;
  data: RowPages;
  held: TaskRow | undefined;
}

/** Every list that is cached, with its row of a task. */
export function holdingsOf(client: QueryClient, id: string): Holding[] {
  return listsOf(client).map(({ query, data }) => ({ query, data, held: heldIn(data, id) }));
}

/** The newest row of a task that any list has. */
export function newestOf(holdings: readonly Holding[]): TaskRow | undefined {
  let newest: TaskRow | undefined;
  for (const { held } of holdings) {
    if (held && (!newest || held.version > newest.version)) newest = held;
  }
  return newest;
}

/** A row of any list, the newest there is. */
export function rowOf(client: QueryClient, id: string): TaskRow | undefined {
  return newestOf(holdingsOf(client, id));
}

/**
 * Puts a task, as it is now, into everything that is cached: the panel, and each list, which it enters, leaves or stays in. A task
 * that is `null` is gone. A short list in which its place is not known is read again. What is older than what is there is passed over. It is
 * for what this window has done itself: a list that is on its way is read with the token of that.
 */
export function putTask(client: QueryClient, id: string, task: Task | null): void {
  readAnewForOwn(client);
  showTask(client, id, task);
  void client.invalidateQueries({ queryKey: keys.tags });
}

/** The same without the counts of tags. */
export function showTask(client: QueryClient, id: string, task: Task | null): void {
  if (task !== null) {
    const held = client.getQueryData<Task>(keys.task(id));
    if (held && held.version > task.version) return;
    client.setQueryData(keys.task(id), task);
  }
  putRow(client, id, task && toRow(task));
}

/** Puts a row into each list. */
export function putRow(client: QueryClient, id: string, row: TaskRow | null): void {
  list(client, new Map([[id, row]]));
}

/**
 * Puts the newest that is known of a task into what is behind it. Answers are of different moments: one may show a change that another,
 * asked for earlier, does not. A list gets a task that it lacks only from another list: one that only the panel has may be gone, so that
 * lists which should have it are read again.
 */
export function catchUp(client: QueryClient, id: string, holdings: readonly Holding[]): void {
  const task = client.getQueryData<Task>(keys.task(id));
  const row = newestOf(holdings);
  const isListed = row !== undefined && !(task && task.version > row.version);
  const newest: TaskRow | undefined = isListed ? { ...row, highlights: null } : task && toRow(task);
  if (!newest) return;
  const now = new Date();
  const behind = holdings.filter(({ query, data, held }) =>
    held ? held.version < newest.version : isListed && lacks(query, data, newest, now),
  );
  list(client, new Map([[id, newest]]), behind);
  const mayLack = isListed
    ? []
    : holdings.filter(({ query, data, held }) => !held && lacks(query, data, newest, now));
  for (const { query, data } of mayLack) readAgain(client, query, data);
  if (task && task.version < newest.version) void client.invalidateQueries({ queryKey: keys.task(id) });
}

/** As `putTask` for many at once. What the panel shows is read again. */
export function putRows(client: QueryClient, rows: Rows): void {
  readAnewForOwn(client);
  list(client, rows);
  for (const id of rows.keys()) void client.invalidateQueries({ queryKey: keys.task(id) });
  void client.invalidateQueries({ queryKey: keys.tags });
}

function list(
  client: QueryClient,
  rows: Rows,
  lists: readonly { query: TasksQuery; data: RowPages }[] = listsOf(client),
): void {
  const now = new Date();
  for (const { query, data } of lists) {
    const after = listed(query, data, rows, now);
    if (after.data !== data) {
      client.setQueryData(keys.list(query), after.data);
      listOnceMore(client, query, rows);
    }
    if (after.unsure) readAgain(client, query, data);
  }
}

/** A next page that is on its way takes the place of what is put into the list now: when it has come, that is put there once more. */
function listOnceMore(client: QueryClient, query: TasksQuery, rows: Rows): void {
  const page = addsTo(client.getQueryCache().find({ queryKey: keys.list(query), exact: true }));
  const again = () => {
    const data = client.getQueryData<RowPages>(keys.list(query));
    if (data) list(client, rows, [{ query, data }]);
  };
  page?.then(
    () => setTimeout(again),
    () => undefined,
  );
}

/** Reads a list again if it is short; a longer one when it is next looked at. */
export function readAgain(client: QueryClient, query: TasksQuery, data: RowPages): void {
  const refetchType = data.pages.length <= PAGES_READ_AGAIN ? 'active' : 'none';
  void client.invalidateQueries({ queryKey: keys.list(query), exact: true, refetchType });
}

/** Reads everything about tasks again: what is seen at once, but long lists; the rest when it is next looked at. */
export function readAllAgain(client: QueryClient): void {
  for (const { query, data } of listsOf(client)) readAgain(client, query, data);
  void client.invalidateQueries({
    predicate: ({ queryKey }) =>
      queryKey[0] === 'tags' || (queryKey[0] === 'tasks' && queryKey[1] !== 'list'),
  });
}
