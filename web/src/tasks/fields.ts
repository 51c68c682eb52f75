/** The fields of a task that people change, each with what belongs to it: a due time is nothing without its zone. */
import type { Task, TaskPatch } from '../api/types';

export type Field = 'title' | 'description' | 'status' | 'priority' | 'tags' | 'due' | 'recurrence' | 'place';

/** Which members of a task a field is. */
export const MEMBERS = {
  title: ['title'],
  description: ['description'],
  status: ['status'],
  priority: ['priority'],
  tags: ['tags'],
  due: ['due_date', 'due_at', 'time_zone'],
  recurrence: ['recurrence_pattern'],
  place: ['parent_id', 'rank'],
} as const satisfies Record<Field, readonly (keyof TaskPatch)[]>;

export const FIELDS = Object.keys(MEMBERS) as Field[];

/** Two tasks have the same there. */
export function sameField(field: Field, one: Task, other: Task): boolean {
  return MEMBERS[field].every((member) => JSON.stringify(one[member]) === JSON.stringify(other[member]));
}

/** The fields that a patch is about. */
export function fieldsOf(patch: TaskPatch): Field[] {
  return FIELDS.filter((field) => MEMBERS[field].some((member) => member in patch));
}

/** The part of a patch that is about these fields. */
export function partOf(patch: TaskPatch, fields: readonly Field[]): TaskPatch {
  const members: readonly string[] = fields.flatMap((field) => [...MEMBERS[field]]);
  return Object.fromEntries(Object.entries(patch).filter(([member]) => members.includes(member)));
}

/** A task as a patch makes it, as far as it says. */
export function patched(task: Task, patch: TaskPatch): Task {
  const { recurrence_pattern: pattern, ...rest } = patch;
  const merged = {
    ...task,
    ...rest,
    description: rest.description ?? ('description' in rest ? '' : task.description),
  } as Task;
  if (pattern === undefined) return merged;
  return {
    ...merged,
    recurrence_pattern: pattern && ({ ...task.recurrence_pattern, ...pattern } as Task['recurrence_pattern']),
  };
}

/** Fields that a restore leaves alone: what is around the task may have changed as well. */
const LEFT_ALONE: readonly Field[] = ['place'];

/** What makes a task as it was: the fields that are another way now. */
export function restoringPatch(then: Task, now: Task): TaskPatch {
  const changed = FIELDS.filter((field) => !LEFT_ALONE.includes(field) && !sameField(field, then, now));
  return Object.fromEntries(
    changed.flatMap((field) => MEMBERS[field].map((member) => [member, restored(member, then, now)])),
  );
}

/** A patch changes what it names of a recurrence: whose days whole days are would stay, where that was not said then. */
function restored(member: (typeof MEMBERS)[keyof typeof MEMBERS][number], then: Task, now: Task): unknown {
  const isPatched = member === 'recurrence_pattern' && then.recurrence_pattern && now.recurrence_pattern;
  return isPatched ? { time_zone: null, ...then.recurrence_pattern } : then[member];
}
