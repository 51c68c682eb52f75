import type { QueryClient } from '@tanstack/react-query';

import type { Operation, TaskPatch } from '../api/types';
import { notify } from '../components/toasts';
import type { ManyMade } from './back';
import { isRefused, reasonOf, runBulk, tasksInWords, type OnRefused, type Refusal } from './bulk';
import { listsOf, putRows, readAgain } from './cache';
import { doneWords, intentOf, operationOf, rowAfter, type Change } from './change';
import { idOf } from './operations';
import type { TaskRow } from './row';
import { givenBackBy, noteTakenBack, takingBack } from './takeBack';
import { offerUndo } from './undo';

/** An operation on a task with what comes of it. */
interface Step {
  title: string;
  operation: Operation;
  /** The task before it, where it may be taken back. */
  before: TaskRow | null;
  /** The task after it, by the version that it makes. */
  after: (version: number) => TaskRow | null;
  /** The version whose change it takes back. */
  takesBack: number | null;
  /** What gives the task back what it had, of one that takes a change back. */
  inverse: TaskPatch | null;
}

/** What takes the change of a task back, as it is now. What somebody else changed since is refused. */
function backOf(change: Change, row: TaskRow, version: number): Pick<Step, 'operation' | 'inverse'> {
  const { id } = row;
  const intent = intentOf(change, row) ?? { kind: 'undo', id };
  const back = takingBack({ id, intent, version, before: row });
  const inverse = givenBackBy(back);
  if (back.kind === 'update')
    return { operation: { op: 'update', id, patch: back.patch, if_match: back.version ?? version }, inverse };
  return { operation: { op: 'undo', id, if_match: version }, inverse };
}

function stepOf(change: Change, row: TaskRow): Step | null {
  const operation = operationOf(change, row);
  if (operation === null) return null;
  const { title } = row;
  const after = (version: number) => rowAfter(change, row, version);
  return { title, operation, before: row, after, takesBack: null, inverse: null };
}

function stepBack(change: Change, { row, version: made }: ManyMade): Step {
  return {
    title: row.title,
    ...backOf(change, row, made),
    before: null,
    after: (version) => ({ ...row, version }),
    takesBack: made,
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
  const { made, refusals } = await take(client, steps, done, false);
  if (made.length > 0) {
    const told = { title: `${tasksInWords(made.length)} ${done}`, description: undefined };
    offerUndo(told, { kind: 'many', change, made }, () => void takeManyBack(client, change, made, onRefused));
  }
  if (refusals.length > 0) onRefused(`${tasksInWords(refusals.length)} not ${done}`, refusals);
}

/** Takes a change of many tasks back. */
export async function takeManyBack(
  client: QueryClient,
  change: Change,
  made: readonly ManyMade[],
  onRefused: OnRefused,
): Promise<void> {
  const steps = made.map((one) => stepBack(change, one));
  const { refusals } = await take(client, steps, 'set back', true);
  if (refusals.length > 0) onRefused(`${tasksInWords(refusals.length)} not set back`, refusals);
}

/** Takes steps, and shows what they came to. */
async function take(
  client: QueryClient,
  steps: readonly Step[],
  done: string,
  exact: boolean,
): Promise<{ made: ManyMade[]; refusals: Refusal[] }> {
  const results = await runBulk(client, {
    ...{ done, exact },
    operations: steps.map(({ operation }) => operation),
    titles: steps.map(({ title }) => title),
    inverses: steps.map(({ inverse }) => inverse),
  });
  const rows = new Map<string, TaskRow | null>();
  const made: ManyMade[] = [];
  const takenBack: { id: string; made: number; now: number }[] = [];
  const refusals: Refusal[] = [];
  const merged = results.some((result) => result.merged);
  steps.forEach((step, at) => {
    const result = results[at];
    if (!result || isRefused(result)) {
      refusals.push({ id: idOf(step.operation), title: step.title, reason: reasonOf(result?.problem) });
      return;
    }
    const { on = 0 } = result;
    const id = idOf(step.operation) ?? '';
    const version = result.version ?? on + 1;
    if (!result.merged) rows.set(id, step.after(version));
    // One that changed nothing has nothing to take back: that would be the change before.
    const { before, takesBack } = step;
    if (version > on && before) made.push({ row: before, version });
    if (takesBack !== null && !result.merged) takenBack.push({ id, made: takesBack, now: version });
  });
  noteTakenBack(takenBack);
  putRows(client, rows);
  // Who was refused, or was not the first, saw less than there is.
  if (merged || refusals.length > 0)
    for (const { query, data } of listsOf(client)) readAgain(client, query, data);
  return { made, refusals };
}
