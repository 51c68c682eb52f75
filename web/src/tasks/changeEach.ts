/**
 * Changes of several tasks, each its own, that are one to the person, such as another order: sent in one go, told of once, taken back as
 * a whole.
 */
import type { QueryClient } from '@tanstack/react-query';

import type { Operation, Task, TaskPatch } from '../api/types';
import type { EachMade } from './back';
import { isRefused, refusalsOf, runBulk, tasksInWords, type OnRefused } from './bulk';
import { readAllAgain } from './cache';
import type { Done } from './deliverMany';
import { toRow } from './row';
import { givenBackBy, noteTakenBack, takingBack } from './takeBack';
import { offerUndo } from './undo';

/** A change of one of them, as it was seen. */
export interface EachChange {
  task: Task;
  patch: TaskPatch;
}

/** Changes tasks; `done` says in words what that does. */
export async function changeEach(
  client: QueryClient,
  changes: readonly EachChange[],
  done: string,
  onRefused: OnRefused,
): Promise<void> {
  const titles = changes.map(({ task }) => task.title);
  const operations = changes.map<Operation>(({ task: { id, version: if_match }, patch }) => ({
    op: 'update',
    id,
    if_match,
    patch,
  }));
  const work = { operations, titles, done, exact: false };
  const results = await runBulk(client, work);
  readAllAgain(client);
  const made = changes.flatMap((change, at) => madeOf(change, results[at]) ?? []);
  if (made.length > 0) {
    const title = `${tasksInWords(made.length)} ${done}`;
    offerUndo({ title }, { kind: 'each', made }, () => void takeEachBack(client, made, onRefused));
  }
  const refusals = refusalsOf(work, results);
  if (refusals.length > 0) onRefused(`${tasksInWords(refusals.length)} not ${done}`, refusals);
}

/** What a change made; `null` where that was nothing, which is not to be taken back: that would be the change before. */
function madeOf({ task, patch }: EachChange, result: Done | undefined): EachMade | null {
  if (!result || isRefused(result)) return null;
  const { id, title } = task;
  const { on = 0 } = result;
  const version = result.version ?? on + 1;
  if (version <= on) return null;
  return { id, title, intent: { kind: 'update', id, patch }, version, before: toRow(task) };
}

/** Takes them back. Where somebody else has changed the same since, it stays, which is told of each. */
export async function takeEachBack(
  client: QueryClient,
  made: readonly EachMade[],
  onRefused: OnRefused,
): Promise<void> {
  const backs = made.map(backOf);
  const work = {
    operations: backs.map(({ operation }) => operation),
    inverses: backs.map(({ inverse }) => inverse),
    titles: made.map(({ title }) => title),
    ...{ done: 'set back', exact: true },
  };
  const results = await runBulk(client, work);
  const takenBack = made.flatMap(({ id, version }, at) => {
    const result = results[at];
    // With what others have done since, it is not what it was.
    if (!version || !result?.version || isRefused(result) || result.merged) return [];
    return [{ id, made: version, now: result.version }];
  });
  noteTakenBack(takenBack);
  readAllAgain(client);
  const refusals = refusalsOf(work, results);
  if (refusals.length > 0) onRefused(`${tasksInWords(refusals.length)} not set back`, refusals);
}

function backOf(made: EachMade): { operation: Operation; inverse: TaskPatch | null } {
  const { id } = made;
  const back = takingBack(made);
  const inverse = givenBackBy(back);
  const seen = 'version' in back ? { if_match: back.version } : {};
  return back.kind === 'update'
    ? { operation: { op: 'update', id, patch: back.patch, ...seen }, inverse }
    : { operation: { op: 'undo', id, ...seen }, inverse };
}
