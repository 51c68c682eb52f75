import { expect, test } from 'vitest';

import type { Filter } from '../api/types';
import { filtersAfter } from './filterOverlay';

const AT = '2026-11-30T08:00:00Z';
const filter = (name: string, given: Partial<Filter> = {}): Filter => ({
  ...{ name, query: { q: name }, created_at: AT, updated_at: AT, version: 3 },
  ...given,
});

test('given filters when something is done to them and not confirmed then it shows at once, by name', () => {
  const filters = [filter('at home'), filter('late'), filter('work')];
  const shown = filtersAfter(filters, [
    { do: 'create', name: 'milk', query: { q: 'milk' } },
    { do: 'rename', filter: filter('work'), name: 'bureau' },
    { do: 'replace', filter: filter('late'), query: { q: null, overdue: true } },
    { do: 'delete', filter: filter('at home') },
    { do: 'rename', filter: filter('milk', { version: 0 }), name: 'bread' },
  ]);
  expect(shown.map(({ name, query, version }) => [name, query, version])).toEqual([
    ['bread', { q: 'milk' }, 0],
    ['bureau', { q: 'work' }, 0],
    ['late', { overdue: true }, 0],
  ]);
});

test('given a filter when one of its name is saved then the one that is there stays until the server has said', () => {
  const filters = [filter('late')];
  expect(filtersAfter(filters, [{ do: 'create', name: 'late', query: {} }])).toEqual(filters);
});
