import { expect, test } from 'vitest';

import type { Operation } from '../api/types';
import { isRefused, reasonOf, requestsOf } from './bulk';

const deletes = (count: number): Operation[] =>
  Array.from({ length: count }, (_, at) => ({ op: 'delete', id: String(at), if_match: 1 }));

test('given no operations when they are divided then there is no request', () => {
  expect(requestsOf([])).toEqual([]);
});

test('given more operations than a request holds when they are divided then none is lost and their order stays', () => {
  const operations = deletes(2001);
  const requests = requestsOf(operations);
  expect(requests.map((request) => request.length)).toEqual([1000, 1000, 1]);
  expect(requests.flat()).toEqual(operations);
});

test('given long operations when they are divided then each request is under a mebibyte', () => {
  const tags = Array.from({ length: 50 }, (_, at) => `${at}${'ü'.repeat(62)}`);
  const operations = deletes(1000).map<Operation>((one) => ({
    ...one,
    op: 'update',
    id: 'a',
    patch: { tags },
  }));
  const requests = requestsOf(operations);
  const sizes = requests.map((request) => new Blob([JSON.stringify({ operations: request })]).size);
  expect(Math.max(...sizes)).toBeLessThan(1_048_576);
  expect(requests.length).toBeGreaterThan(1);
  expect(requests.flat()).toHaveLength(1000);
});

test('given results when they are looked at then a refused one says why', () => {
  expect([200, 204, 412, 0].map((status) => isRefused({ status }))).toEqual([false, false, true, true]);
  const problem = { type: 'about:blank', title: 'Not valid', status: 422 };
  expect(reasonOf({ ...problem, errors: [{ field: 'tags', detail: 'has 51 of at most 50' }] })).toBe(
    'has 51 of at most 50',
  );
  expect(reasonOf({ ...problem, status: 412 })).toBe('It was changed elsewhere in the meantime.');
});
