import { useCallback, useSyncExternalStore } from 'react';

import { isOverdue, type TaskRow } from './row';

/** A timer waits no longer than this, some weeks: by then the page has been drawn anew. */
const TIMER_MAX_MS = 2 ** 31 - 1;
/** It is overdue once its instant has passed. */
const PAST_MS = 50;

/** Whether a task is overdue: from its instant on, though nothing else happens. */
export function useOverdue(task: Pick<TaskRow, 'status' | 'day' | 'due_utc'>): boolean {
  const { due_utc } = task;
  const subscribe = useCallback(
    (changed: () => void) => {
      const wait = due_utc === null ? 0 : Date.parse(due_utc) - Date.now() + PAST_MS;
      const timer = wait > 0 && wait < TIMER_MAX_MS ? setTimeout(changed, wait) : undefined;
      return () => clearTimeout(timer);
    },
    [due_utc],
  );
  return useSyncExternalStore(subscribe, () => isOverdue(task, new Date()));
}
