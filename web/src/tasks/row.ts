import type { Highlights, Task, TaskItem } from '../api/types';
import { dayOf, type Day } from '../time/day';

/**
 * A task as lists keep it. Descriptions stay behind, so that 100,000 tasks fit in memory; `GET /tasks/{id}` has them.
 */
export interface TaskRow extends Omit<Task, 'description'> {
  /** It has a description. */
  noted: boolean;
  /** The day it is due, here; a due time in another zone may be the day before or after. */
  day: Day | null;
  /** From a search: where it matched. */
  highlights: Highlights | null;
  /** A change of it waits to be sent. */
  waiting?: boolean;
}

/** A task, as lists keep it. */
export function toRow(task: Task | TaskItem): TaskRow {
  const { description, ...kept } = task;
  const highlights = 'highlights' in task ? (task.highlights ?? null) : null;
  const day = task.due_utc ? dayOf(new Date(task.due_utc)) : (task.due_date ?? null);
  return { ...kept, noted: description !== '', day, highlights };
}

/** It waits to be done. */
export function isOpen(task: Pick<Task, 'status'>): boolean {
  return task.status === 'pending' || task.status === 'in_progress';
}

/** It is open and its time has passed: its due time, or its whole day. */
export function isOverdue(task: Pick<TaskRow, 'status' | 'day' | 'due_utc'>, now: Date): boolean {
  if (!isOpen(task) || task.day === null) return false;
  return task.due_utc ? new Date(task.due_utc) < now : task.day < dayOf(now);
}
