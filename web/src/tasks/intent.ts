import type { NewTask, Occurrences, QuickTask, Task, TaskPatch } from '../api/types';

/**
 * What somebody wants done to a task. A `version` says which one they have seen: another one is refused with 412. What `takesBack` a
 * change, by the version that it made, is for that version alone, and is not offered to be taken back itself. An undo's `inverse` gives
 * back what its change had changed: that is sent where others have changed the task since, but nothing of this.
 */
export type TaskIntent =
  | { kind: 'create'; task: NewTask }
  | { kind: 'quick'; text: string; timeZone: string }
  | {
      kind: 'update';
      id: string;
      patch: TaskPatch;
      version?: number;
      occurrences?: Occurrences;
      takesBack?: number;
    }
  | { kind: 'complete' | 'reopen'; id: string; version?: number }
  | { kind: 'delete'; id: string; version?: number; takesBack?: number }
  | { kind: 'undo'; id: string; version?: number; takesBack?: number; inverse?: TaskPatch }
  | { kind: 'restore' | 'skip'; id: string; version?: number };

/** An intent on its way. It is plain data: it can be kept, and sent again under the same key without being done twice. */
export interface TaskWrite {
  key: string;
  intent: TaskIntent;
}

/** What came of a write. */
export interface TaskOutcome {
  id: string;
  /** The task after it; `null` when it is deleted. */
  task: Task | null;
  /** What a quick line was understood as. */
  quick: QuickTask | null;
  /** The version that the write was made on top of, where it stated one. */
  on: number | undefined;
  /** The version that the write made. */
  version: number | undefined;
  /** The consistency token: who has read up to here sees it. */
  token: string | null;
}

/** The task that an intent is about; `null` for one that is still to be made. */
export function taskOf(intent: TaskIntent): string | null {
  return 'id' in intent ? intent.id : null;
}
