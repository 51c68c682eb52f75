/** What the events of the stream say of tasks. */
import type { Task } from '../api/types';
import type { StreamEvent } from '../api/stream';
import type { components } from './schema';

type Schemas = components['schemas'];

/** What each event says, by its name: its type, without what all have around it. */
export type EventData = {
  [Type in keyof Schemas as Type extends `tasklog.${infer Name}.v1` ? Name : never]: Schemas[Type];
};

/** An event of the log: a CloudEvent, as far as the page needs it. */
export interface EventOf<Name extends keyof EventData> {
  /** `task.created` and so on. */
  name: Name;
  /** The task or reminder. */
  id: string;
  /** The version that it made. */
  version: number;
  data: EventData[Name];
}

/** Any event that the page knows of; of one that is newer than the page it reads no more than its name. */
export type LogEvent = { [Name in keyof EventData]: EventOf<Name> }[keyof EventData];

/** Reads an event; `null` for what is none, such as a place that is told. */
export function readEvent({ name, data }: StreamEvent): LogEvent | null {
  if (data === '') return null;
  const { subject, sequence, data: content } = JSON.parse(data) as Record<string, unknown>;
  if (typeof subject !== 'string' || typeof sequence !== 'number') return null;
  return { name, id: subject, version: sequence, data: content ?? {} } as LogEvent;
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
function fieldsOf(event: LogEvent): Partial<Task> | null {
  switch (event.name) {
    case 'task.created':
      return changed(event.data, EMPTY);
    case 'task.updated': {
      const { changes, updated_at } = event.data;
      return changed(changes, { updated_at });
    }
    case 'task.completed': {
      const { changes = {}, completed_at, updated_at = completed_at } = event.data;
      return changed(changes, { status: 'completed', completed_at, updated_at });
    }
    case 'task.reopened': {
      const { changes = {}, status, reopened_at } = event.data;
      return changed(changes, { status, completed_at: null, updated_at: reopened_at });
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

type Same = Partial<Pick<Task, (typeof SAME_NAME)[number]>>;

/** What an event says of a task, or of what changed of it. */
type Said = EventData['task.created'] | Schemas['TaskChanges'];

/** What has the same name in both has the same type. */
function sameOf(said: Same): Same {
  const members = SAME_NAME.flatMap<[string, unknown]>((name) => (name in said ? [[name, said[name]]] : []));
  return Object.fromEntries(members);
}

function changed(said: Said, others: Partial<Task>): Partial<Task> | null {
  const fields = { ...others, ...sameOf(said) };
  const { due } = said;
  if (due === undefined) return fields;
  // The instant of a wall time is the server's to say.
  if (due !== null && 'due_at' in due) return null;
  return { ...fields, due_date: due?.due_date ?? null, due_at: null, time_zone: null, due_utc: null };
}
