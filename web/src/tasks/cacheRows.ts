import type { QueryClient } from '@tanstack/react-query';

import type { Task } from '../api/types';
import { listsOf } from './cache';
import { taskOf } from './intent';
import { keys } from './keys';
import { intendedRow } from './overlay';
import { pendingWrites } from './pending';
import { toRow, type TaskRow } from './row';

/**
 * The rows of tasks as the person sees them, in the order of the ids: with what was done to them and is not confirmed yet. Those that
 * neither a list nor the panel has, and those that are being deleted, are left out.
 */
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
  for (const id of wanted) {
    const task = found.has(id) ? undefined : client.getQueryData<Task>(keys.task(id));
    if (task) found.set(id, toRow(task));
  }
  for (const { intent } of pendingWrites(client)) {
    const id = taskOf(intent);
    const row = id === null ? undefined : found.get(id);
    if (!row) continue;
    const after = intendedRow(row, intent);
    if (after) found.set(row.id, after);
    else found.delete(row.id);
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}
