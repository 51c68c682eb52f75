/**
 * What a write does to the page, in its three moments. This is the only place where writes reach the cache and the toasts.
 */
import type { QueryClient } from '@tanstack/react-query';

import type { ApiProblem } from '../api/problem';
import { notify } from '../components/toasts';
import { putTask, rowOf } from './cache';
import { askedAbout } from './conflicts';
import { refreshSubtasks } from './details';
import { giveBack, moveDrafts, settleDrafts } from './drafts';
import { taskOf, type TaskIntent, type TaskOutcome, type TaskWrite } from './intent';
import { intendedRow } from './overlay';
import { pendingWrites } from './pending';
import type { TaskRow } from './row';
import { isAsBefore, noteTakenBack, takenBackBy, takingBack, type Made } from './takeBack';
import { offerUndo } from './undo';

/** Starts another write; what becomes of it shows by its own effects. */
export type Start = (intent: TaskIntent) => void;

/** What there was before a write. */
export interface Before {
  /** The title of the task, to speak of it. */
  title: string | undefined;
  /** The task, as lists had it. */
  row: TaskRow | undefined;
}

/** The write begins. */
export function began(client: QueryClient, { key, intent }: TaskWrite): Before {
  const id = taskOf(intent);
  const row = id === null ? undefined : rowOf(client, id);
  if (row === undefined) return { title: undefined, row };
  const earlier = pendingWrites(client).filter((write) => write.key !== key && taskOf(write.intent) === id);
  const shown = earlier.reduce<TaskRow | null>((now, write) => now && intendedRow(now, write.intent), row);
  return { title: row.title, row: shown ?? row };
}

/** The server has made it an event. */
export function confirmed(
  client: QueryClient,
  { intent }: TaskWrite,
  outcome: TaskOutcome,
  before: Before | undefined,
  start: Start,
): void {
  const { id, task, version, on } = outcome;
  putTask(client, id, task);
  refreshSubtasks(client, id, task);
  if (intent.kind === 'update') settleDrafts(id, intent.patch);
  if (on !== undefined && version !== undefined) moveDrafts(id, on, version);
  const takenBack = takenBackBy(intent, on);
  if (takenBack !== undefined && version !== undefined && isAsBefore(intent, on))
    noteTakenBack([{ id, made: takenBack, now: version }]);
  const title = DONE[intent.kind];
  if (title === null || takenBack !== undefined) return;
  const made: Made = { id, intent, version, before: before?.row };
  const told = { title, description: task?.title ?? before?.title };
  offerUndo(told, { kind: 'one', made }, () => start(takingBack(made)));
}

/** The server has refused it. */
export function refused(
  client: QueryClient,
  { intent }: TaskWrite,
  problem: ApiProblem,
  before: Before | undefined,
): void {
  const id = taskOf(intent);
  // Another place among subtasks was shown at once.
  if (id !== null) refreshSubtasks(client, id, null);
  const theirs = askedAbout(problem);
  if (theirs) {
    // Somebody else was first: what they made of it shows, and the person is asked.
    putTask(client, theirs.id, theirs);
    return;
  }
  giveBack(intent);
  const words = before?.title ?? wordsOf(intent);
  const subject = words === undefined ? 'The task' : `“${words}”`;
  notify({
    tone: 'problem',
    title: `${subject} was not ${takesBack(intent) ? REFUSED.undo : REFUSED[intent.kind]}`,
    description: whyRefused(intent, problem),
  });
}

/** To the person it is an undo, whatever does it. */
const takesBack = (intent: TaskIntent): boolean => intent.kind === 'undo' || 'takesBack' in intent;

const WORDS_MAX = 80;

/** What was typed for a task that is to be made. */
function wordsOf(intent: TaskIntent): string | undefined {
  const words =
    intent.kind === 'quick' ? intent.text : intent.kind === 'create' ? intent.task.title : undefined;
  return words !== undefined && words.length > WORDS_MAX ? `${words.slice(0, WORDS_MAX)}…` : words;
}

function whyRefused(intent: TaskIntent, problem: ApiProblem): string {
  if (takesBack(intent) && problem.status === 412)
    return 'It was changed elsewhere in the meantime. What it was before is in its history.';
  return problem.errors[0]?.detail ?? problem.message;
}

/** What the toast of a write says; what an undo did is to be seen. */
const DONE: Record<TaskIntent['kind'], string | null> = {
  create: 'Added',
  quick: 'Added',
  update: 'Changed',
  complete: 'Completed',
  reopen: 'Opened again',
  delete: 'Deleted',
  restore: 'Restored',
  skip: 'Moved to its next time',
  undo: null,
};

/** What it was not. */
const REFUSED: Record<TaskIntent['kind'], string> = {
  create: 'added',
  quick: 'added',
  update: 'changed',
  complete: 'completed',
  reopen: 'opened again',
  delete: 'deleted',
  restore: 'restored',
  skip: 'skipped',
  undo: 'set back',
};
