import type { QueryClient } from '@tanstack/react-query';

import { listsOf, readAgain } from './cache';
import { keys, type TasksQuery } from './keys';
import { matches } from './matches';
import { orderOf, type Compare } from './order';
import type { RowPage, RowPages } from './queries';
import type { TaskRow } from './row';

/** Tasks by id; `null` for one that is gone. */
export type Rows = ReadonlyMap<string, TaskRow | null>;

/** The rows of tasks, in the order of the ids; those that no list has are left out. */
export function rowsOf(client: QueryClient, ids: readonly string[]): TaskRow[] {
  const wanted = new Set(ids);
  const found = new Map<string, TaskRow>();
  for (const { data } of listsOf(client)) {
    for (const page of data.pages) {
      for (const row of page.rows) {
        if (!wanted.has(row.id)) continue;
        const held = found.get(row.id);
        if (!held || held.version < row.version) found.set(row.id, row);
      }
    }
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** As `putTask` for many at once: each list is gone through a single time. What the panel shows is read again. */
export function putRows(client: QueryClient, rows: Rows): void {
  const now = new Date();
  for (const { query, data } of listsOf(client)) putIntoList(client, query, data, rows, now);
  for (const id of rows.keys()) void client.invalidateQueries({ queryKey: keys.task(id) });
  void client.invalidateQueries({ queryKey: keys.tags });
}

function putIntoList(client: QueryClient, query: TasksQuery, data: RowPages, rows: Rows, now: Date): void {
  const held = new Map<string, TaskRow>();
  for (const { rows: own } of data.pages) {
    for (const row of own) if (rows.has(row.id)) held.set(row.id, row);
  }
  const compare = orderOf(query);
  /** Those that the list has now, each where the order has it, and those of which that is not known. */
  const placed: TaskRow[] = [];
  const unsure = new Map<string, TaskRow>();
  let more = 0;
  for (const [id, row] of rows) {
    const before = held.get(id);
    const belongs = row !== null && matches(query, row, now);
    if (row === null || belongs === false) more -= before ? 1 : 0;
    else if (belongs === null || compare === null) unsure.set(id, withHighlights(row, before));
    else {
      placed.push(withHighlights(row, before));
      more += before ? 0 : 1;
    }
  }
  if (held.size > 0 || placed.length > 0) {
    const kept = data.pages.map((page) => ({
      ...page,
      rows: page.rows.flatMap((row) => (held.has(row.id) ? (unsure.get(row.id) ?? []) : row)),
    }));
    const pages = counted(compare ? inOrder(kept, placed, compare) : kept, more);
    client.setQueryData<RowPages>(keys.list(query), { ...data, pages });
  }
  if (unsure.size > 0) readAgain(client, query, data);
}

const withHighlights = (row: TaskRow, before: TaskRow | undefined): TaskRow =>
  before ? { ...row, highlights: before.highlights } : row;

/** Pages with rows put in where the order has them. Behind the last that was read there may be others first: those come with them. */
function inOrder(pages: readonly RowPage[], rows: readonly TaskRow[], compare: Compare): RowPage[] {
  const waiting = rows.toSorted(compare).reverse();
  const before = (row: TaskRow): TaskRow[] => {
    const put: TaskRow[] = [];
    for (let next = waiting.at(-1); next && compare(next, row) < 0; next = waiting.at(-1)) {
      put.push(next);
      waiting.pop();
    }
    return put;
  };
  return pages.map((page) => {
    const own = page.rows.flatMap((row) => [...before(row), row]);
    return { ...page, rows: page.nextCursor === null ? [...own, ...waiting.splice(0).reverse()] : own };
  });
}

function counted(pages: RowPage[], more: number): RowPage[] {
  const [first, ...rest] = pages;
  return first?.total == null ? pages : [{ ...first, total: first.total + more }, ...rest];
}
