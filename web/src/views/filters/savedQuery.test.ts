import { expect, test } from 'vitest';

import { replacing } from '../../tasks/filterOverlay';
import { readSearch } from '../list/search';
import { queryWords, savedQueryOf, suggestedName } from './savedQuery';

const search = (query: string) => readSearch(new URLSearchParams(query));
const OPEN = ['pending', 'in_progress'];

test('given a list with conditions when it is saved then it keeps them, and that it shows open tasks', () => {
  expect(savedQueryOf({ kind: 'all' }, search('priority=high&q=milk&sort=-due'), [])).toEqual({
    status: OPEN,
    priority: ['high'],
    q: 'milk',
    sort: '-due',
  });
});

test('given the list of a tag when it is saved then the tag is a condition', () => {
  expect(savedQueryOf({ kind: 'tag', tag: 'home' }, search('tag=work&status=any'), [])).toEqual({
    tag: ['home', 'work'],
  });
});

test('given a saved filter with other conditions when it is saved then they come on top of its own', () => {
  const query = { priority: ['urgent' as const], sort: 'title' };
  const filter = { name: 'mine', query, created_at: '', updated_at: '', version: 1 };
  expect(savedQueryOf({ kind: 'filter', name: 'mine' }, search('priority=low&tag=home'), [filter])).toEqual({
    priority: ['low'],
    sort: 'title',
    tag: ['home'],
  });
});

test('given a saved filter when tasks are asked for that are due at none, on a day or too late then the others are not kept', () => {
  const saved = (query: object, asked: string) => {
    const filter = { name: 'mine', query, created_at: '', updated_at: '', version: 1 };
    return savedQueryOf({ kind: 'filter', name: 'mine' }, search(asked), [filter]);
  };
  const days = { due_from: '2026-12-01', due_to: '2026-12-31', overdue: true };
  expect(saved({ q: 'milk', ...days }, 'due=none')).toEqual({ q: 'milk', due: 'none' });
  expect(saved({ q: 'milk', due: 'none' }, 'due_to=2026-12-31')).toEqual({ q: 'milk', due_to: '2026-12-31' });
  expect(saved({ due: 'none' }, 'overdue=true')).toEqual({ overdue: true });
  expect(saved({ overdue: true }, 'due_to=2026-12-31')).toEqual({ due_to: '2026-12-31' });
  expect(saved(days, 'overdue=true&tag=home')).toEqual({ overdue: true, tag: ['home'] });
  expect(saved(days, 'overdue=true&due_to=2026-12-24')).toEqual({
    due_from: '2026-12-01',
    due_to: '2026-12-24',
    overdue: true,
  });
});

test('given Today when it is saved then the day is not kept', () => {
  expect(savedQueryOf({ kind: 'today' }, search('tag=home'), [])).toEqual({ status: OPEN, tag: ['home'] });
});

test('given a saved query when it is told then each condition has its words', () => {
  const query = savedQueryOf(
    { kind: 'all' },
    search('priority=high&priority=urgent&tag=home&overdue=true'),
    [],
  );
  expect(queryWords(query)).toEqual(['Open', 'Urgent or High', '#home', 'Overdue']);
  expect(suggestedName(query)).toBe('Urgent or High, #home, Overdue');
  const undated = savedQueryOf({ kind: 'all' }, search('due=none'), []);
  expect([undated, queryWords(undated)]).toEqual([{ status: OPEN, due: 'none' }, ['Open', 'No due date']]);
});

test('given parameters when others replace them then none of those before is left', () => {
  expect(replacing({ q: 'milk', sort: 'due' }, { sort: 'title' })).toEqual({ q: null, sort: 'title' });
});
