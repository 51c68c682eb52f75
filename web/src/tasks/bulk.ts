/** Many operations on tasks: in requests as large as the server takes, one after the other. */
import type { Mutation, QueryClient } from '@tanstack/react-query';

import { newKey } from '../api/key';
import type { ApiProblem } from '../api/problem';
import type { Operation, OperationResult, Problem } from '../api/types';
import { notify } from '../components/toasts';
import { readAllAgain } from './cache';
import { deliverMany, type Done } from './deliverMany';
import type { Before } from './effects';
import { keys } from './keys';
import { idOf, type BulkWrite } from './operations';
import { patience } from './patience';
import { turnOf } from './turn';
import { offerUndo } from './undo';

/** What a request may hold. */
const OPERATIONS_MAX = 1000;
/** Of the server's mebibyte, with room for what stands around them. */
const BYTES_MAX = 1_000_000;

/** Of more tasks than these, the titles are left out. */
const TITLES_TOLD = 5;

/** An operation that was refused. */
export interface Refusal {
  /** Its task; `null` for one that was to be made. */
  id: string | null;
  title: string;
  /** Why. */
  reason: string;
}

/** Is told of operations that were refused, where there were some. */
export type OnRefused = (title: string, refusals: Refusal[]) => void;

/** Divides operations into requests; their order stays. */
export function requestsOf(operations: readonly Operation[]): Operation[][] {
  const requests: Operation[][] = [];
  let bytes = 0;
  for (const operation of operations) {
    const size = new TextEncoder().encode(JSON.stringify(operation)).length + 1;
    const last = requests.at(-1);
    if (last && last.length < OPERATIONS_MAX && bytes + size <= BYTES_MAX) {
      last.push(operation);
      bytes += size;
    } else {
      requests.push([operation]);
      bytes = size;
    }
  }
  return requests;
}

type Bulk = Mutation<Done[], ApiProblem, BulkWrite, Before>;

/** Those that somebody here waits for, by their keys; what comes of the others, from an earlier visit, is told when it is there. */
const awaited = new Set<string>();

/** Teaches a client how requests for many operations are sent. They are kept and tried as those for one task are. */
export function registerBulkWrites(client: QueryClient): void {
  client.setMutationDefaults<Done[], ApiProblem, BulkWrite, Before>(keys.bulk, {
    mutationFn: async (write) => {
      await turnOf(client, write.key);
      return deliverMany(write);
    },
    onSuccess: (results, write) => {
      if (!awaited.has(write.key)) tellOfEarlier(client, write, results);
    },
    onError: (problem, write) => {
      if (!awaited.has(write.key)) tellOfEarlier(client, write, refusedAs(problem, write));
    },
    ...patience,
  });
}

/** One request is sent after the other. */
export function buildBulk(client: QueryClient, state?: Bulk['state']): Bulk {
  const options = { mutationKey: keys.bulk, scope: { id: 'many' } };
  return client.getMutationCache().build<Done[], ApiProblem, BulkWrite, Before>(client, options, state);
}

const refusedAs = ({ type, title, status, message }: ApiProblem, { operations }: BulkWrite): Done[] =>
  operations.map(({ if_match: on }) => ({
    ...{ status, problem: { type, title, status, detail: message }, on, merged: false },
  }));

/** Does operations, and says what became of each, in order. Where a whole request fails, each of its operations is refused. */
export async function runBulk(client: QueryClient, work: Omit<BulkWrite, 'key'>): Promise<Done[]> {
  let from = 0;
  const requests = requestsOf(work.operations).map((operations) => {
    const part = [from, (from += operations.length)] as const;
    const titles = work.titles.slice(...part);
    const inverses = work.inverses && { inverses: work.inverses.slice(...part) };
    return { ...work, key: newKey(), operations, titles, ...inverses };
  });
  const results = await Promise.all(
    requests.map(async (write) => {
      awaited.add(write.key);
      try {
        return await buildBulk(client).execute(write);
      } catch (problem) {
        return refusedAs(problem as ApiProblem, write);
      } finally {
        awaited.delete(write.key);
      }
    }),
  );
  return results.flat();
}

/** What came of a request that was begun in an earlier visit. */
function tellOfEarlier(client: QueryClient, write: BulkWrite, results: readonly Done[]): void {
  readAllAgain(client);
  const { done, exact } = write;
  const made = results.flatMap<OperationBack>(({ id, version, on, ...result }, at) =>
    !isRefused(result) && id && version && on && version > on
      ? [{ operation: { op: 'undo', id, if_match: version }, title: write.titles[at] ?? '' }]
      : [],
  );
  if (made.length > 0 && !exact) {
    const told = { title: `${tasksInWords(made.length)} ${done}`, description: undefined };
    const operations = made.map(({ operation }) => operation);
    const titles = made.map(({ title }) => title);
    const run = () => void undoOperations(client, operations, titles, tellOfRefused);
    offerUndo(told, { kind: 'operations', operations, titles }, run);
  }
  const refusals = refusalsOf(write, results);
  if (refusals.length > 0) tellOfRefused(`${tasksInWords(refusals.length)} not ${done}`, refusals);
}

/** What takes an operation back, with the title of its task. */
interface OperationBack {
  operation: Operation;
  title: string;
}

/** Takes operations back that nothing else is known of. */
export async function undoOperations(
  client: QueryClient,
  operations: Operation[],
  titles: string[],
  onRefused: OnRefused,
): Promise<void> {
  const work = { operations, titles, done: 'set back', exact: true };
  const results = await runBulk(client, work);
  readAllAgain(client);
  const refusals = refusalsOf(work, results);
  if (refusals.length > 0) onRefused(`${tasksInWords(refusals.length)} not set back`, refusals);
}

/** Tells of those that were refused where no dialog may open: which, and why. */
function tellOfRefused(title: string, refusals: readonly Refusal[]): void {
  const told = refusals.slice(0, TITLES_TOLD).map(({ title: of, reason }) => `“${of}”: ${reason}`);
  const more = refusals.length - told.length;
  const description = [...told, ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
  notify({ tone: 'problem', title, description });
}

/** So many tasks, in words. */
export const tasksInWords = (count: number): string =>
  count === 1 ? '1 task' : `${count.toLocaleString('en')} tasks`;

/** It was refused. */
export function isRefused({ status }: Pick<OperationResult, 'status'>): boolean {
  return status < 200 || status > 299;
}

/** Those of a request that were refused, with the reason of each. */
export function refusalsOf(
  { operations, titles }: Pick<BulkWrite, 'operations' | 'titles'>,
  results: readonly Done[],
): Refusal[] {
  return operations.flatMap((operation, at) => {
    const result = results[at];
    if (result && !isRefused(result)) return [];
    const [id, title, reason] = [idOf(operation), titles[at] ?? '', reasonOf(result?.problem)];
    return [{ id, title: title === '' ? 'A task' : title, reason }];
  });
}

const REASONS: Record<number, string> = {
  404: 'It is not there any more.',
  412: 'It was changed elsewhere in the meantime.',
};

/** Why an operation was refused. */
export function reasonOf(problem: Problem | null | undefined): string {
  if (!problem) return 'No reason was given.';
  return REASONS[problem.status] ?? problem.errors?.[0]?.detail ?? problem.detail ?? problem.title;
}
