/** Tasks for tests. */
import type { Task } from '../api/types';
import { toRow, type TaskRow } from './row';

/** A task like any, but for what is given. */
export function task(given: Partial<Task>): Task {
  return {
    id: '0190c3a0-0000-7000-8000-000000000001',
    title: 'Water the plants',
    description: '',
    status: 'pending',
    priority: 'none',
    tags: [],
    due_date: null,
    due_at: null,
    time_zone: null,
    due_utc: null,
    recurrence_pattern: null,
    series_id: null,
    parent_id: null,
    rank: null,
    created_at: '2026-11-01T08:00:00Z',
    updated_at: '2026-11-01T08:00:00Z',
    completed_at: null,
    version: 1,
    ...given,
  };
}

/** The same as lists keep it. */
export function row(given: Partial<Task>): TaskRow {
  return toRow(task(given));
}

/** What a device keeps, for as long as the test. */
export function storage(): Storage {
  const kept: Record<string, unknown> = {};
  const methods = {
    getItem: (name: string) => (name in kept ? kept[name] : null),
    setItem: (name: string, value: string) => (kept[name] = value),
    removeItem: (name: string) => Reflect.deleteProperty(kept, name),
  };
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(kept, name, { value });
  return kept as unknown as Storage;
}
