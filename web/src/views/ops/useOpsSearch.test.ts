import { expect, test } from 'vitest';

import { opsHref, readOpsSearch } from './useOpsSearch';

test('given what the page is narrowed down to when it is written and read then it is the same', () => {
  const search = { stream: 'default/0198 &c', outcome: 'failed' as const };
  const href = opsHref('?task=7', search);
  expect(href).toMatch(/^\/ops\?task=7&/);
  expect(readOpsSearch(href.slice('/ops'.length))).toEqual(search);
  expect(opsHref(href.slice('/ops'.length), { stream: '', outcome: null })).toBe('/ops?task=7');
});

test('given a query without conditions, or with one that there is not, then nothing is left out', () => {
  for (const query of ['', '?outcome=delivered', '?outcome='])
    expect(readOpsSearch(query)).toEqual({ stream: '', outcome: null });
  expect(opsHref('', {})).toBe('/ops');
});
