import { api, dataOf, writeHeaders } from '../api/client';
import { newKey } from '../api/key';
import type { Operation, OperationResult, TaskPatch } from '../api/types';
import { asMadeStill, judge } from './conflicts';
import { idOf, type BulkWrite } from './operations';
import { noteMade, ownUpTo } from './versions';

/** Of more tasks than these that others were faster with, the rest is refused. */
const JUDGED_MAX = 50;

/** What became of an operation. */
export interface Done extends OperationResult {
  /** The version that it was done on top of, where it stated one. */
  on: number | undefined;
  /** Others had changed other fields: the task is more than the page knows. */
  merged: boolean;
}

async function post(operations: readonly Operation[], key: string): Promise<Done[]> {
  const body = { operations: [...operations] };
  const { results } = await dataOf(api.POST('/tasks/bulk', { body, headers: writeHeaders(key) }));
  const done = results.map((result, at) => ({ ...result, on: operations[at]?.if_match, merged: false }));
  noteMade(
    done.flatMap(({ id, on, version }) => (id && on && version ? [{ id, from: on, to: version }] : [])),
  );
  return done;
}

/** As `deliver`, for many; but where somebody else has changed the same, the operation is refused. */
export async function deliverMany({ key, operations, exact, inverses }: BulkWrite): Promise<Done[]> {
  const sent = exact ? operations : operations.map(onTopOfOwn);
  const results = await post(sent, key);
  const met = results.flatMap(({ status }, at) => (status === 412 ? [at] : [])).slice(0, JUDGED_MAX);
  const again = (
    await Promise.all(
      met.map(async (at) => {
        const [wanted, refused] = [operations[at], sent[at]];
        if (!wanted || !refused) return [];
        const operation = exact
          ? await givingBack(wanted, inverses?.[at] ?? null)
          : await onTopOfOthers(wanted, refused);
        return operation ? [{ at, operation }] : [];
      }),
    )
  ).flat();
  if (again.length === 0) return results;
  // What it changes is the same each time: it may be sent twice, under any key.
  const more = await post(
    again.map(({ operation }) => operation),
    newKey(),
  );
  const merged = new Map(again.map(({ at }, place) => [at, more[place]]));
  return results.map((result, at) => ({ ...result, ...merged.get(at), merged: merged.has(at) }));
}

function onTopOfOwn(operation: Operation): Operation {
  const id = idOf(operation);
  if (id === null || operation.if_match === undefined) return operation;
  return { ...operation, if_match: ownUpTo(id, operation.if_match) };
}

/** As in `deliver`: what gives a task back what it had, where nobody has changed the same since. */
async function givingBack(wanted: Operation, inverse: TaskPatch | null): Promise<Operation | null> {
  if (wanted.op === 'create' || wanted.if_match === undefined || inverse === null) return null;
  const { id, if_match: made } = wanted;
  const now = await asMadeStill(id, made, inverse);
  return now && { op: 'update', id, patch: inverse, if_match: now.version };
}

async function onTopOfOthers(wanted: Operation, { if_match: refused }: Operation): Promise<Operation | null> {
  if (wanted.op !== 'update' || wanted.if_match === undefined || refused === undefined) return null;
  const { id, patch, if_match: seen } = wanted;
  const found = await judge({ id, seen, refused, patch });
  return found?.fields.length === 0 ? { ...wanted, if_match: found.theirs.version } : null;
}
