/** What the events of the stream say of tasks. */
import type { Task } from '../api/types';
import type { StreamEvent } from '../api/stream';

/** An event of the log: a CloudEvent, as far as the page needs it. */
export interface LogEvent {
  /** `task.created` and so on. */
  name: string;
  /** The task or reminder. */
  id: string;
  /** The version that it made. */
  version: number;
  data: Record<string, unknown>;
}

/** Reads an event; `null` for what is none, such as a place that is told. */
export function readEvent({ name, data }: StreamEvent): LogEvent | null {
  if (data === '') return null;
  const { subject, sequence, data: content } = JSON.parse(data) as Record<string, unknown>;
  if (typeof subject !== 'string' || typeof sequence !== 'number') return null;
  return { name, id: subject, version: sequence, data: (content ?? {}) as LogEvent['data'] };
}

/** Events by task, each task's in their order, without doubles: after a break some may come again. */
export function byTask(events: readonly LogEvent[]): Map<string, LogEvent[]> {
  const tasks = new Map<string, LogEvent[]>();
  for (const event of events) {
    if (!event.name.startsWith('task.')) continue;
    const known = tasks.get(event.id) ?? [];
    if (known.some(({ version }) => version === event.version)) continue;
    tasks.set(
      event.id,
      [...known, event].sort((one, other) => one.version - other.version),
    );
  }
  return tasks;
}

/** What became of a task. */
export type Outcome =
  | { kind: 'changed'; fields: Partial<Task> & { version: number } }
  | { kind: 'gone' }
  /** The newest that is there is as new. */
  | { kind: 'known' }
  /** The events do not say enough: it is to be read. */
  | { kind: 'unknown' };

/** What the events of a task, in their order, make of it; `held` is the version that the page has. */
export function outcomeOf(events: readonly LogEvent[], held: number | undefined): Outcome {
  const news = events.filter(({ version }) => held === undefined || version > held);
  const last = news.at(-1);
  if (last === undefined) return { kind: 'known' };
  if (last.name === 'task.deleted') return { kind: 'gone' };
  let version = held ?? 0;
  let fields: Partial<Task> = {};
  for (const event of news) {
    const changed = event.version === version + 1 ? fieldsOf(event) : null;
    if (changed === null) return { kind: 'unknown' };
    fields = { ...fields, ...changed };
    version = event.version;
  }
  return { kind: 'changed', fields: { ...fields, version } };
}

/** A task as `task.created` tells it, where a field that is empty may be left out. */
const EMPTY: Partial<Task> = { parent_id: null, rank: null, series_id: null, completed_at: null };

/** The fields that an event changes; `null` where it does not say them. */
function fieldsOf({ name, data }: LogEvent): Partial<Task> | null {
  const changes = (data.changes ?? {}) as Record<string, unknown>;
  switch (name) {
    case 'task.created':
      return changed(data, EMPTY);
    case 'task.updated':
      return changed(changes, { updated_at: data.updated_at as string });
    case 'task.completed': {
      const at = data.completed_at as string;
      const updated_at = (data.updated_at ?? at) as string;
      return changed(changes, { status: 'completed', completed_at: at, updated_at });
    }
    case 'task.reopened': {
      const status = data.status as Task['status'];
      return changed(changes, { status, completed_at: null, updated_at: data.reopened_at as string });
    }
    default:
      return null;
  }
}

/** Fields of a task that an event has under the same name. */
const SAME_NAME = [
  ...(['id', 'title', 'description', 'status', 'priority', 'tags', 'recurrence_pattern'] as const),
  ...(['series_id', 'parent_id', 'rank', 'created_at', 'updated_at', 'completed_at'] as const),
];

function changed(from: Record<string, unknown>, others: Partial<Task>): Partial<Task> | null {
  const fields: Record<string, unknown> = { ...others };
  for (const name of SAME_NAME) if (name in from) fields[name] = from[name];
  if (!('due' in from)) return fields;
  const due = from.due as { due_date?: string; due_at?: string } | null;
  // The instant of a wall time is the server's to say.
  if (due?.due_at !== undefined) return null;
  return { ...fields, due_date: due?.due_date ?? null, due_at: null, time_zone: null, due_utc: null };
}
