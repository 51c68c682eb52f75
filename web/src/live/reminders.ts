/** Reminders that ring while the page is open. */
import { useSyncExternalStore } from 'react';

import { api, dataOf } from '../api/client';
import { ApiProblem } from '../api/problem';
import type { Reminder, Task } from '../api/types';
import { patience } from '../tasks/patience';
import { isOpen } from '../tasks/row';
import { recall, store } from '../tasks/storage';
import type { EventOf, LogEvent } from './events';
import { tellOutside } from './outside';

/** A reminder that has rung and was not answered yet. */
export interface Rung {
  /** The reminder. */
  id: string;
  /** The event's version: a later ring is another. */
  version: number;
  task: Pick<Task, 'id' | 'title' | 'due_date' | 'due_at' | 'due_utc'>;
  /** So many others rang with it, late, and are told of by this one alone. */
  others: number;
}

const KEPT_AS = 'tasklog.rung';
/** Those that a person has seen, in any window: the version of the ring by the reminder. */
const SEEN_AS = 'tasklog.rungSeen';
/** More than are read at one time. */
const SEEN_MAX = 200;
let rung: readonly Rung[] = recall<Rung[]>(KEPT_AS, []);
const listeners = new Set<() => void>();

function set(now: readonly Rung[]): void {
  rung = now;
  store(KEPT_AS, rung);
  tellListeners();
}

function tellListeners(): void {
  listeners.forEach((listener) => {
    listener();
  });
}

/** Another window has changed them. */
function hear({ key }: StorageEvent): void {
  if (key !== KEPT_AS) return;
  rung = recall<Rung[]>(KEPT_AS, []);
  tellListeners();
}

/** Tells a listener of those that wait for an answer, here or in another window. */
export function onRung(listener: () => void): () => void {
  if (listeners.size === 0) globalThis.addEventListener('storage', hear);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) globalThis.removeEventListener('storage', hear);
  };
}

/** The reminders that wait for an answer, oldest first. */
export function useRung(): readonly Rung[] {
  return useSyncExternalStore(onRung, () => rung);
}

/** It needs no answer any more. */
export function dismiss(id: string): void {
  const seen = rung.find((other) => other.id === id);
  if (!seen) return;
  const others = Object.entries(seenRings()).filter(([other]) => other !== id);
  store(SEEN_AS, Object.fromEntries([...others, [id, seen.version]].slice(-SEEN_MAX)));
  set(rung.filter((other) => other.id !== id));
}

const seenRings = () => recall<Record<string, number>>(SEEN_AS, {});

/** What events make of the reminders that ring; the window that `leads` tells of new ones outside the page. */
export function heed(events: readonly LogEvent[], leads: boolean): void {
  for (const event of events) {
    if (event.name === 'reminder.triggered') {
      if (event.data.told_by === undefined) void ring(event, leads);
    } else if (ANSWERED.has(event.name)) {
      const answered = rung.filter(({ id, task }) => id === event.id || task.id === event.id);
      for (const { id } of answered) dismiss(id);
    }
  }
}

/** Whoever did it, and wherever: there is nothing to be reminded of, or not now. */
const ANSWERED: ReadonlySet<string> = new Set([
  'reminder.snoozed',
  'reminder.rescheduled',
  'reminder.cancelled',
  'task.completed',
  'task.deleted',
]);

/** Drops those that were answered while no page was open. */
export async function dropAnswered(): Promise<void> {
  for (const { id, task } of rung) {
    try {
      const call = api.GET('/tasks/{id}', { params: { path: { id: task.id } } });
      if (!isOpen(await dataOf(call))) dismiss(id);
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.status === 404) dismiss(id);
    }
  }
}

async function ring(event: EventOf<'reminder.triggered'>, leads: boolean): Promise<void> {
  const { id, version } = event;
  const isKnown = () => rung.some((other) => other.id === id && other.version >= version);
  if (isKnown()) return;
  const read = await readPatiently(id);
  // It may have been answered, or have rung again, before it could be read; another window may have been faster, and a person there.
  const isOver = rung.some((other) => other.id === id && other.version > version);
  if (read === null || isAnswered(read, version) || isOver || (seenRings()[id] ?? 0) >= version) return;
  const { id: task_id, title, due_date, due_at, due_utc } = read.task;
  const others = event.data.tells_of?.length ?? 0;
  const one: Rung = { id, version, task: { id: task_id, title, due_date, due_at, due_utc }, others };
  if (!isKnown()) set([...rung.filter((other) => other.id !== id), one]);
  if (leads) tellOutside(one);
}

interface Read {
  reminder: Reminder;
  task: Task;
}

/** There is nothing to be reminded of, or not now. What was read may be from before the ring. */
function isAnswered({ reminder, task }: Read, version: number): boolean {
  const isToRing = reminder.status === 'scheduled' || reminder.status === 'cancelled';
  return !isOpen(task) || (isToRing && reminder.version > version);
}

/** Reads a reminder with its task; while the server is away it is tried again. `null`: one of them is gone, or not to be read. */
async function readPatiently(id: string): Promise<Read | null> {
  for (let failures = 0; ; failures += 1) {
    try {
      const reminder = await dataOf(api.GET('/reminders/{id}', { params: { path: { id } } }));
      const path = { id: reminder.task_id };
      return { reminder, task: await dataOf(api.GET('/tasks/{id}', { params: { path } })) };
    } catch (problem) {
      if (!(problem instanceof ApiProblem) || !patience.retry(failures, problem)) return null;
      await new Promise((go) => setTimeout(go, patience.retryDelay(failures, problem)));
    }
  }
}
