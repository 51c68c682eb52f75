/**
 * Changes of several tasks, each its own, that are one to the person, such as another order: sent in one go, told of once, taken back as
 * a whole.
 */
import type { QueryClient } from '@tanstack/react-query';

import type { Operation, Task, TaskPatch } from '../api/types';
import { notify } from '../components/toasts';
import type { EachMade } from './back';
import { isRefused, reasonOf, runBulk, tasksInWords } from './bulk';
import { readAllAgain } from './cache';
import type { Done } from './deliverMany';
import { toRow } from './row';
import { noteTakenBack, takingBack } from './takeBack';
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
): Promise<void> {
  const titles = changes.map(({ task }) => task.title);
  const operations = changes.map<Operation>(({ task: { id, version: if_match }, patch }) => ({
    op: 'update',
    id,
    if_match,
    patch,
  }));
  const results = await runBulk(client, { operations, titles, done, exact: false });
  readAllAgain(client);
  const made = changes.flatMap((change, at) => madeOf(change, results[at]) ?? []);
  if (made.length > 0) {
    const title = `${tasksInWords(made.length)} ${done}`;
    offerUndo({ title }, { kind: 'each', made }, () => void takeEachBack(client, made));
  }
  tellOfRefused(titles, results, done);
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

/** Takes them back. What somebody else changed since is refused, and told. */
export async function takeEachBack(client: QueryClient, made: readonly EachMade[]): Promise<void> {
  const titles = made.map(({ title }) => title);
  const operations = made.map(backOf);
  const results = await runBulk(client, { operations, titles, done: 'set back', exact: true });
  const takenBack = made.flatMap(({ id, version }, at) => {
    const now = results[at]?.version;
    return version && now ? [{ id, made: version, now }] : [];
  });
  noteTakenBack(takenBack);
  readAllAgain(client);
  tellOfRefused(titles, results, 'set back');
}

function backOf(made: EachMade): Operation {
  const { id } = made;
  const back = takingBack(made);
  const seen = 'version' in back ? { if_match: back.version } : {};
  return back.kind === 'update'
    ? { op: 'update', id, patch: back.patch, ...seen }
    : { op: 'undo', id, ...seen };
}

function tellOfRefused(titles: readonly string[], results: readonly Done[], done: string): void {
  const refused = titles.flatMap((title, at) => {
    const result = results[at];
    return result && isRefused(result) ? [`“${title}”: ${reasonOf(result.problem)}`] : [];
  });
  if (refused.length === 0) return;
  const title = `${tasksInWords(refused.length)} not ${done}`;
  notify({ tone: 'problem', title, description: refused[0] });
}
