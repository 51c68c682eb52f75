import type { QueryClient } from '@tanstack/react-query';

import type { Task } from '../api/types';
import { keys, type TasksQuery } from './keys';
import { matches } from './matches';
import { PAGES_READ_AGAIN, type RowPage, type RowPages } from './queries';
import { toRow, type TaskRow } from './row';

/** Every list that is cached, with what it asks for. */
export function listsOf(client: QueryClient): { query: TasksQuery; data: RowPages }[] {
  return client
    .getQueriesData<RowPages>({ queryKey: keys.lists })
    .flatMap(([key, data]) => (data ? [{ query: key[2] as TasksQuery, data }] : []));
}

/** Changes one row of a page's rows; `null` takes it out. */
function replaceIn(page: RowPage, id: string, row: TaskRow | null): RowPage {
  const at = page.rows.findIndex((other) => other.id === id);
  if (at < 0) return page;
  const rows = row === null ? page.rows.toSpliced(at, 1) : page.rows.with(at, row);
  return { ...page, rows };
}

function replaceInList(data: RowPages, id: string, row: TaskRow | null): RowPages {
  const pages = data.pages.map((page) => replaceIn(page, id, row));
  const [first, ...rest] = pages;
  if (row !== null || first?.total == null) return { ...data, pages };
  return { ...data, pages: [{ ...first, total: first.total - 1 }, ...rest] };
}

/** A row of any list; all lists have the same. */
export function rowOf(client: QueryClient, id: string): TaskRow | undefined {
  for (const { data } of listsOf(client)) {
    for (const page of data.pages) {
      const row = page.rows.find((other) => other.id === id);
      if (row) return row;
    }
  }
  return undefined;
}

/** The order of a list hangs on one of these. */
const samePlace = (one: TaskRow, other: TaskRow): boolean =>
  one.day === other.day &&
  one.due_utc === other.due_utc &&
  one.priority === other.priority &&
  one.title === other.title;

/**
 * Puts a task, as it is now, into everything that is cached: the panel, and each list, which it enters, leaves or stays in. A task
 * that is `null` is gone. A short list in which its place is not known is read again. What is older than what is there is passed over.
 */
export function putTask(client: QueryClient, id: string, task: Task | null): void {
  const now = new Date();
  if (task !== null) {
    const held = client.getQueryData<Task>(keys.task(id));
    if (held && held.version > task.version) return;
    client.setQueryData(keys.task(id), task);
  }
  const row = task && toRow(task);
  for (const { query, data } of listsOf(client)) putIntoList(client, query, data, id, row, now);
  void client.invalidateQueries({ queryKey: keys.tags });
}

function putIntoList(
  client: QueryClient,
  query: TasksQuery,
  data: RowPages,
  id: string,
  row: TaskRow | null,
  now: Date,
): void {
  const held = data.pages.flatMap((page) => page.rows).find((other) => other.id === id);
  const belongs = row === null ? false : matches(query, row, now);
  if (held && (belongs === false || row === null)) {
    client.setQueryData(keys.list(query), replaceInList(data, id, null));
    return;
  }
  if (held && row) {
    client.setQueryData(keys.list(query), replaceInList(data, id, { ...row, highlights: held.highlights }));
    if (belongs === true && samePlace(held, row)) return;
  }
  if (belongs !== false) readAgain(client, query, data);
}

/** Reads a list again if it is short; a longer one when it is next looked at. */
export function readAgain(client: QueryClient, query: TasksQuery, data: RowPages): void {
  const refetchType = data.pages.length <= PAGES_READ_AGAIN ? 'active' : 'none';
  void client.invalidateQueries({ queryKey: keys.list(query), exact: true, refetchType });
}
