import type { QueryClient } from '@tanstack/react-query';

import type { Operation } from '../api/types';
import { notify } from '../components/toasts';
import { isRefused, reasonOf, runBulk, tasksInWords, type Refusal } from './bulk';
import { listsOf, putRows, readAgain } from './cache';

import { doneWords, intentOf, operationOf, rowAfter, type Change } from './change';
import { idOf } from './operations';
import type { TaskRow } from './row';
import { noteTakenBack, takingBack } from './takeBack';
import { offerUndo } from './undo';

/** Is told of operations that were refused, where there were some. */
export type OnRefused = (title: string, refusals: Refusal[]) => void;

/** An operation on a task with what comes of it. */
interface Step {
  title: string;
  operation: Operation;
  /** The task after it, by the version that it makes. */
  after: (version: number) => TaskRow | null;
  /** What takes it back, where it may be. */
  back: ((version: number) => Step) | null;
  /** The version whose change it takes back. */
  takesBack: number | null;
}

/** What takes the change of a task back, as it is now. What somebody else changed since is refused. */
function backOf(change: Change, row: TaskRow, version: number): Operation {
  const { id } = row;
  const intent = intentOf(change, row) ?? { kind: 'undo', id };
  const back = takingBack({ id, intent, version, before: row });
  if (back.kind === 'update')
    return { op: 'update', id, patch: back.patch, if_match: back.version ?? version };
  return { op: 'undo', id, if_match: version };
}

function stepOf(change: Change, row: TaskRow): Step | null {
  const operation = operationOf(change, row);
  if (operation === null) return null;
  const { title } = row;
  return {
    title,
    operation,
    after: (version) => rowAfter(change, row, version),
    back: (made) => ({
      title,
      operation: backOf(change, row, made),
      after: (version) => ({ ...row, version }),
      back: null,
      takesBack: made,
    }),
    takesBack: null,
  };
}

/** Changes tasks alike, tells of it once, and takes it back as a whole. */
export async function changeMany(
  client: QueryClient,
  rows: readonly TaskRow[],
  change: Change,
  onRefused: OnRefused,
): Promise<void> {
  const steps = rows.flatMap((row) => stepOf(change, row) ?? []);
  if (steps.length === 0) {
    notify({ title: `${tasksInWords(rows.length)} ${rows.length === 1 ? 'is' : 'are'} so already` });
    return;
  }
  const done = doneWords(change);
  const { backward, refusals } = await take(client, steps, done, false);
  if (backward.length > 0) {
    offerUndo({ title: `${tasksInWords(backward.length)} ${done}`, description: undefined }, () => {
      void take(
        client,
        backward.map((back) => back()),
        'set back',
        true,
      ).then((undone) => {
        if (undone.refusals.length > 0)
          onRefused(`${tasksInWords(undone.refusals.length)} not set back`, undone.refusals);
      });
    });
  }
  if (refusals.length > 0) onRefused(`${tasksInWords(refusals.length)} not ${done}`, refusals);
}

/** Takes steps, and shows what they came to. */
async function take(
  client: QueryClient,
  steps: readonly Step[],
  done: string,
  exact: boolean,
): Promise<{ backward: (() => Step)[]; refusals: Refusal[] }> {
  const results = await runBulk(client, {
    ...{ done, exact },
    operations: steps.map(({ operation }) => operation),
    titles: steps.map(({ title }) => title),
  });
  const rows = new Map<string, TaskRow | null>();
  const backward: (() => Step)[] = [];
  const refusals: Refusal[] = [];
  const merged = results.some((result) => result.merged);
  steps.forEach((step, at) => {
    const result = results[at];
    if (!result || isRefused(result)) {
      refusals.push({ title: step.title, reason: reasonOf(result?.problem) });
      return;
    }
    const { on = 0 } = result;
    const id = idOf(step.operation) ?? '';
    const version = result.version ?? on + 1;
    if (!result.merged) rows.set(id, step.after(version));
    // One that changed nothing has nothing to take back: that would be the change before.
    const { back, takesBack } = step;
    if (version > on && back) backward.push(() => back(version));
    if (takesBack !== null) noteTakenBack(id, takesBack, version);
  });
  putRows(client, rows);
  // Who was refused, or was not the first, saw less than there is.
  if (merged || refusals.length > 0)
    for (const { query, data } of listsOf(client)) readAgain(client, query, data);
  return { backward, refusals };
}
