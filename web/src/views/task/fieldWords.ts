/** The fields of a task, in words. */
import type { Task } from '../../api/types';
import type { Field } from '../../tasks/fields';
import type { Day } from '../../time/day';
import { PRIORITY_WORDS, STATUS_WORDS } from '../list/words';
import { dueFieldsInWords, NONE, recurrenceInWords } from './changes';

export const FIELD_NAMES: Record<Field, string> = {
  title: 'Title',
  description: 'Description',
  status: 'Status',
  priority: 'Priority',
  tags: 'Tags',
  due: 'Due',
  recurrence: 'Repeats',
  place: 'Place',
};

/** What a task has there. */
export function fieldInWords(field: Field, task: Task, today: Day): string {
  switch (field) {
    case 'title':
      return task.title;
    case 'description':
      return task.description || NONE;
    case 'status':
      return STATUS_WORDS[task.status];
    case 'priority':
      return PRIORITY_WORDS[task.priority];
    case 'tags':
      return task.tags.join(', ') || NONE;
    case 'due':
      return dueFieldsInWords(task, today);
    case 'recurrence':
      return recurrenceInWords(task.recurrence_pattern);
    case 'place':
      return task.parent_id === null ? 'at the top' : 'below another task';
  }
}
