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
