import type { ListParameters } from '../api/types';

/** Which tasks a list asks for: the parameters of `GET /tasks`, without those of a page. */
export type TasksQuery = Omit<ListParameters, 'cursor' | 'limit' | 'total'>;

/** The keys of what is cached. Whoever changes tasks goes through `cache.ts`, which knows what hangs on what. */
export const keys = {
  lists: ['tasks', 'list'] as const,
  list: (query: TasksQuery) => ['tasks', 'list', query] as const,
  task: (id: string) => ['tasks', 'task', id] as const,
  subtasks: ['tasks', 'subtasks'] as const,
  subtasksOf: (id: string) => ['tasks', 'subtasks', id] as const,
  /** What happened to a task up to a version; so another version has another. */
  history: (id: string, version: number) => ['tasks', 'history', id, version] as const,
  /** What happened to a task that is not there any more; it may come back. */
  historyOfGone: (id: string) => ['tasks', 'history', id, 'gone'] as const,
  /** A task as it was at a version; that never changes. */
  asOf: (id: string, version: number) => ['tasks', 'as-of', id, version] as const,
  /** The best matches of some words, as the palette shows them. */
  found: (words: string) => ['tasks', 'found', words] as const,
  tags: ['tags'] as const,
  openTags: ['tags', 'open'] as const,
  filters: ['filters'] as const,
  /** Of mutations: every write to a task. */
  write: ['tasks', 'write', 'one'] as const,
  /** Of mutations: each request that changes many. */
  bulk: ['tasks', 'write', 'many'] as const,
  /** Of mutations: both. */
  writes: ['tasks', 'write'] as const,
  /** Of mutations: every write to a saved filter. */
  filterWrite: ['filters', 'write'] as const,
  /** Of mutations: every write to a reminder. */
  reminderWrite: ['reminders', 'write'] as const,
};
