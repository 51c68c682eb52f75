import type { Occurrences, Task, TaskPatch } from '../../api/types';
import { useTaskMutation } from '../../tasks/writes';

/** Changes fields of the task in the panel; whether it was done, or waits to be sent. `version` is the one that was seen when the edit began. */
export type Edit = (
  patch: TaskPatch,
  options?: { version?: number; occurrences?: Occurrences | undefined },
) => Promise<boolean>;

/** Edits of a task, for the occurrences that are chosen unless one says otherwise. */
export function useEdit(task: Task, chosen: Occurrences | undefined): Edit {
  const { runOrWait } = useTaskMutation();
  return async (patch, options = {}) => {
    const { version = task.version } = options;
    // Who says that none are meant means it.
    const occurrences = 'occurrences' in options ? options.occurrences : chosen;
    // What a series is made of is the same for all of it.
    const forAll = 'recurrence_pattern' in patch || 'parent_id' in patch || 'rank' in patch;
    const scope = occurrences === undefined || forAll ? {} : { occurrences };
    try {
      await runOrWait({ kind: 'update', id: task.id, patch, version, ...scope });
      return true;
    } catch {
      // The person was told, or is asked, by the effects of the write.
      return false;
    }
  };
}
