import type { QueryClient } from '@tanstack/react-query';

import { listsOf, readAgain, samePlace } from './cache';
import { keys, type TasksQuery } from './keys';
import { matches } from './matches';
import type { RowPages } from './queries';
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
  const held = new Set<string>();
  let moved = 0;
  let gone = 0;
  const pages = data.pages.map((page) => ({
    ...page,
    rows: page.rows.flatMap((before) => {
      const after = rows.get(before.id);
      if (after === undefined) return [before];
      held.add(before.id);
      const belongs = after !== null && matches(query, after, now);
      if (after === null || belongs === false) {
        gone += 1;
        return [];
      }
      if (belongs === null || !samePlace(before, after)) moved += 1;
      return [{ ...after, highlights: before.highlights }];
    }),
  }));
  const [first, ...rest] = pages;
  if (held.size > 0 && first) {
    const total = first.total === null ? null : first.total - gone;
    client.setQueryData<RowPages>(keys.list(query), { ...data, pages: [{ ...first, total }, ...rest] });
  }
  const comes = [...rows].some(
    ([id, row]) => row !== null && !held.has(id) && matches(query, row, now) !== false,
  );
  if (moved > 0 || comes) readAgain(client, query, data);
}
