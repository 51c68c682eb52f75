/** When a task is due, as the fields of a form have it. */
import type { Task, TaskPatch } from '../../api/types';

export interface DueForm {
  /** A day; empty for none. */
  day: string;
  /** `HH:MM`, or empty for the whole day. */
  time: string;
  zone: string;
}

/** The form of a task; `zone` is offered where it has none. */
export function dueFormOf(task: Pick<Task, 'due_date' | 'due_at' | 'time_zone'>, zone: string): DueForm {
  const [day = '', time = ''] = task.due_at?.split('T') ?? [task.due_date ?? ''];
  return { day, time: time.slice(0, 5), zone: task.time_zone ?? zone };
}

/** What the form makes of the task. All three members are given, so that none of an earlier kind of date stays. */
export function duePatch({
  day,
  time,
  zone,
}: DueForm): Required<Pick<TaskPatch, 'due_date' | 'due_at' | 'time_zone'>> {
  if (day === '') return { due_date: null, due_at: null, time_zone: null };
  if (time === '') return { due_date: day, due_at: null, time_zone: null };
  return { due_date: null, due_at: `${day}T${time}:00`, time_zone: zone };
}
