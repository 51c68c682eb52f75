import createClient, { type Middleware } from 'openapi-fetch';

import { consistency } from './consistency';
import { fetchOrTake, READS_PREFER } from './early';
import { newKey } from './key';
import { ApiProblem } from './problem';
import type { paths } from './schema';
import { staleness } from './staleness';

/** A list of tasks, or a task. */
const TASKS = /^\/tasks(\/[^/]+)?$/;

/**
 * What every call has in common. Reads wait until they show what this page wrote, and after two seconds take what is there rather
 * than fail. Writes have an idempotency key (their own, where they come with one) and leave their token.
 */
const common: Middleware = {
  onRequest({ request }) {
    if (request.method === 'GET') {
      request.headers.set('Prefer', READS_PREFER);
      if (consistency.token() !== '') request.headers.set('Consistency-Token', consistency.token());
    } else if (!request.headers.has('Idempotency-Key')) {
      request.headers.set('Idempotency-Key', newKey());
    }
    return request;
  },
  async onResponse({ request, response }) {
    if (!response.ok && response.status !== 304) throw await ApiProblem.of(response);
    const token = response.headers.get('Consistency-Token');
    if (request.method !== 'GET') consistency.note(token);
    else if (TASKS.test(new URL(request.url).pathname)) consistency.noteShown(token);
    if (response.headers.get('Stale') === 'true') staleness.note();
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    return ApiProblem.unreachable(error);
  },
};

/** The API, typed by its contract. A call fails with an `ApiProblem`; {@link dataOf} takes the body of one that did not. */
export const api = createClient<paths>({ fetch: (request) => fetchOrTake(request, consistency.token) });
api.use(common);

/** The body of an answer. */
export async function dataOf<T>(call: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data } = await call;
  // Refusals were thrown; what is left without a body is a 204, whose `T` says so.
  return data as T;
}

/** The headers of a write: its key, and the version that it may overwrite. */
export function writeHeaders(
  key: string,
  version?: number,
): { 'Idempotency-Key': string; 'If-Match'?: string } {
  return version === undefined
    ? { 'Idempotency-Key': key }
    : { 'Idempotency-Key': key, 'If-Match': `"${version}"` };
}

/** The version that an `ETag` such as `"3"` names. */
export function versionOf(response: Response): number | undefined {
  const digits = /^(?:W\/)?"(\d+)"$/.exec(response.headers.get('ETag') ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}
