/** The log's events as they come, as rows. */
import type { StreamEvent } from '../../api/stream';

/** An event. */
export interface EventRow {
  /** Its own id. */
  id: string;
  /** `task.created` and so on. */
  name: string;
  /** `tenant/id` of the task or the reminder. */
  stream: string;
  /** Id of the task or the reminder. */
  subject: string;
  /** The version that it made. */
  sequence: number;
  time: string;
  actor: string;
  traceparent: string | null;
  /** The CloudEvent, as it came. */
  text: string;
}

/** Rows that are kept; older ones go. */
export const ROWS_MAX = 500;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The row of an event; `null` for what is none, such as a place that is told. */
function rowOf({ name, data }: StreamEvent): EventRow | null {
  if (data === '') return null;
  const event = JSON.parse(data) as Record<string, unknown>;
  if (typeof event.subject !== 'string' || typeof event.sequence !== 'number') return null;
  return {
    id: textOf(event.id),
    name,
    stream: textOf(event.partitionkey),
    subject: event.subject,
    sequence: event.sequence,
    time: textOf(event.time),
    actor: textOf(event.actor),
    traceparent: typeof event.traceparent === 'string' ? event.traceparent : null,
    text: data,
  };
}

/** The rows with those of `events` before them: the newest first. What comes again after a break is there once. */
export function withEvents(rows: readonly EventRow[], events: readonly StreamEvent[]): readonly EventRow[] {
  const known = new Set(rows.map(({ id }) => id));
  const news: EventRow[] = [];
  // Of a burst only what is kept is read.
  for (const event of events.slice(-ROWS_MAX)) {
    const row = rowOf(event);
    if (row === null || known.has(row.id)) continue;
    known.add(row.id);
    news.push(row);
  }
  return news.length === 0 ? rows : [...news.reverse(), ...rows].slice(0, ROWS_MAX);
}

/** The rows of streams or types that have the text in their name; all, where there is none. */
export function matching(rows: readonly EventRow[], text: string): readonly EventRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return rows;
  return rows.filter(({ stream, name }) => stream.toLowerCase().includes(wanted) || name.includes(wanted));
}
