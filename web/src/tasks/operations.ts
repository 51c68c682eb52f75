/** Operations on many tasks, as data. */
import type { Operation, TaskPatch } from '../api/types';
import type { TaskIntent } from './intent';

/** A request for many operations on its way. As any write it can be kept, and sent again under the same key. */
export interface BulkWrite {
  key: string;
  operations: Operation[];
  /** The titles of their tasks, to speak of them; and what is done, in words. */
  titles: string[];
  done: string;
  /** They take changes back, and are for these versions alone. */
  exact: boolean;
  /** Of those: what gives each task back what it had, where others have changed something else of it since. */
  inverses?: (TaskPatch | null)[];
}

/** The task that an operation is about; `null` for one that is still to be made. */
export function idOf(operation: Operation): string | null {
  return operation.op === 'create' ? null : operation.id;
}

/** The same as an intent. */
export function intentOf(operation: Operation): TaskIntent {
  switch (operation.op) {
    case 'create':
      return { kind: 'create', task: operation.task };
    case 'update':
      return { kind: 'update', id: operation.id, patch: operation.patch };
    default:
      return { kind: operation.op, id: operation.id };
  }
}
