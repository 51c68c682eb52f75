import type { TasksQuery } from './keys';
import type { TaskRow } from './row';
import { isOverdue } from './row';

/**
 * Whether a list holds a task, as far as the page can tell: words of a search and saved filters are judged by the server alone, so
 * `null` there: it may.
 */
export function matches(query: TasksQuery, task: TaskRow, now: Date): boolean | null {
  const { status = [], priority = [], tag = [] } = query;
  if (status.length > 0 && !status.includes(task.status)) return false;
  if (priority.length > 0 && !priority.includes(task.priority)) return false;
  if (!tag.every((one) => task.tags.includes(one))) return false;
  // A range of days is about the day that the task states, whatever its zone.
  const stated = task.due_date ?? task.due_at?.slice(0, 10) ?? null;
  if (query.due_from && (stated === null || stated < query.due_from)) return false;
  if (query.due_to && (stated === null || stated > query.due_to)) return false;
  if (query.due === 'none' && stated !== null) return false;
  if (query.overdue === true && !isOverdue(task, now)) return false;
  return query.q || query.filter ? null : true;
}
