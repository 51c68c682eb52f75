/** The events that this window has heard since somebody first looked at them. */
import { useSyncExternalStore } from 'react';

import type { StreamEvent } from '../../api/stream';
import { heard } from '../../live/heard';
import { ROWS_MAX, withEvents, type EventRow } from './eventRows';

/** Events are gathered for so long: however many come, the list changes no more often. */
const GATHER_MS = 250;

let rows: readonly EventRow[] = [];
let gathered: StreamEvent[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function show(): void {
  timer = undefined;
  rows = withEvents(rows, gathered);
  gathered = [];
  listeners.forEach((listener) => listener());
}

function gather(events: readonly StreamEvent[]): void {
  // More than are kept need not wait either.
  gathered = [...gathered, ...events].slice(-ROWS_MAX);
  timer ??= setTimeout(show, GATHER_MS);
}

let stop: (() => void) | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  stop ??= heard.subscribe(gather);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = undefined;
  };
}

/** The events, newest first. */
export const useEventLog = (): readonly EventRow[] => useSyncExternalStore(subscribe, () => rows);
