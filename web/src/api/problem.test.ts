import { expect, test } from 'vitest';

import { ApiProblem } from './problem';

const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
  new Response(body, { status, headers });

test('given a problem of the API when it is read then its kind and its fields can be told', async () => {
  const body = JSON.stringify({
    type: 'https://tasklog.dev/problems/invalid',
    title: 'The request is not valid',
    status: 422,
    errors: [{ field: 'tags[3]', detail: 'is too long' }],
  });
  const problem = await ApiProblem.of(answer(422, body));
  expect([problem.kind, problem.isTransient]).toEqual(['invalid', false]);
  expect([problem.errorOf('tags[3]'), problem.errorOf('title')]).toEqual(['is too long', undefined]);
});

test('given an answer of a proxy when it is read then its status makes the problem', async () => {
  const problem = await ApiProblem.of(answer(502, '<html>', { 'retry-after': '3' }));
  expect([problem.status, problem.kind, problem.retryAfterSeconds]).toEqual([502, 'about:blank', 3]);
  expect(problem.isTransient).toBe(true);
});

test.each([
  ['https://tasklog.dev/problems/unavailable', 503, true],
  ['https://tasklog.dev/problems/projection-behind', 503, false],
  ['https://tasklog.dev/problems/outcome-unknown', 503, false],
  ['https://tasklog.dev/problems/internal', 500, false],
  ['about:blank', 502, true],
  ['about:blank', 404, false],
])('given %s with status %i when it is told then the server is away: %s', (type, status, unreached) => {
  expect(new ApiProblem({ type, title: 'No', status }).isUnreached).toBe(unreached);
});

test('given no answer when it is told then it may go through later', () => {
  expect(ApiProblem.unreachable(new TypeError('fetch failed')).isTransient).toBe(true);
});
