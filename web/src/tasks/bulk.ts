/** Many operations on tasks: in requests as large as the server takes, one after the other. */
import type { QueryClient } from '@tanstack/react-query';

import { api, dataOf, writeHeaders } from '../api/client';
import { newKey } from '../api/key';
import type { ApiProblem } from '../api/problem';
import type { Operation, OperationResult, Problem } from '../api/types';
import { keys } from './keys';

/** What a request may hold. */
const OPERATIONS_MAX = 1000;
/** Of the server's mebibyte, with room for what stands around them. */
const BYTES_MAX = 1_000_000;

/** An operation that was refused. */
export interface Refusal {
  /** The title of its task. */
  title: string;
  /** Why. */
  reason: string;
}

interface BulkWrite {
  key: string;
  operations: Operation[];
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

async function send({ key, operations }: BulkWrite): Promise<OperationResult[]> {
  const body = { operations };
  return (await dataOf(api.POST('/tasks/bulk', { body, headers: writeHeaders(key) }))).results;
}

/** Does operations, and says what became of each, in order. Where a whole request fails, each of its operations is refused. */
export async function runBulk(
  client: QueryClient,
  operations: readonly Operation[],
): Promise<OperationResult[]> {
  const results: OperationResult[] = [];
  for (const request of requestsOf(operations)) {
    const write = client.getMutationCache().build<OperationResult[], ApiProblem, BulkWrite, unknown>(client, {
      mutationKey: keys.bulk,
      mutationFn: send,
    });
    try {
      results.push(...(await write.execute({ key: newKey(), operations: request })));
    } catch (problem) {
      results.push(...request.map(() => refusedBy(problem as ApiProblem)));
    }
  }
  return results;
}

function refusedBy({ type, title, status, message }: ApiProblem): OperationResult {
  return { status, problem: { type, title, status, detail: message } };
}

/** It was refused. */
export function isRefused({ status }: OperationResult): boolean {
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
