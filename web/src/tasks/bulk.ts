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
import type { BulkWrite } from './operations';
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
  /** The title of its task. */
  title: string;
  /** Why. */
  reason: string;
}

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
    const titles = work.titles.slice(from, (from += operations.length));
    return { ...work, key: newKey(), operations, titles };
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
  const { done, titles, exact } = write;
  const refused = results.flatMap((result, at) => (isRefused(result) ? [titles[at] ?? ''] : []));
  const undo = results.flatMap<Operation>(({ id, version, on, ...result }) =>
    !isRefused(result) && id && version && on && version > on ? [{ op: 'undo', id, if_match: version }] : [],
  );
  if (undo.length > 0 && !exact) {
    const told = { title: `${tasksInWords(undo.length)} ${done}`, description: undefined };
    offerUndo(told, { kind: 'operations', operations: undo }, () => undoOperations(client, undo));
  }
  if (refused.length > 0) {
    const title = `${tasksInWords(refused.length)} not ${done}`;
    notify({ tone: 'problem', title, description: refused.slice(0, TITLES_TOLD).join(', ') });
  }
}

/** Takes operations back that nothing else is known of. */
export function undoOperations(client: QueryClient, operations: Operation[]): void {
  const back = { operations, titles: operations.map(() => ''), done: 'set back', exact: true };
  void runBulk(client, back).then(() => readAllAgain(client));
}

/** So many tasks, in words. */
export const tasksInWords = (count: number): string =>
  count === 1 ? '1 task' : `${count.toLocaleString('en')} tasks`;

/** It was refused. */
export function isRefused({ status }: Pick<OperationResult, 'status'>): boolean {
  return status < 200 || status > 299;
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
