import { expect, test } from 'vitest';

import { cleared, isFiltered, readSearch, writeSearch } from './search';

const read = (query: string) => readSearch(new URLSearchParams(query));
const write = (query: string, others = '') =>
  writeSearch(read(query), new URLSearchParams(others)).toString();

test('given a URL with every condition when it is read and written then it is the same', () => {
  const query =
    'q=load+test&status=pending&status=completed&priority=urgent&priority=low&tag=home&tag=two+words' +
    '&due_from=2026-12-01&due_to=2026-12-31&overdue=true&sort=-due';
  expect(write(query)).toBe(query);
});

test('given a URL that asks for tasks without a due date and for days when it is read then the days are passed over', () => {
  const query = 'due_from=2026-12-01&due_to=2026-12-31&overdue=true&due=none&tag=home';
  expect(write(query)).toBe('tag=home&due=none');
});

test('given values that there are not when a URL is read then they are passed over', () => {
  const search = read(
    'status=broken&priority=highest&due_from=2026-02-30&due_to=soon&sort=colour&overdue=yes&due=soon&tag=',
  );
  expect(search).toEqual(read(''));
  expect(isFiltered(search)).toBe(false);
});

test('given any status when it is read then it is told apart from none', () => {
  expect([read('status=any').status, read('').status]).toEqual(['any', null]);
});

test('given other parameters when a search is written then they stay', () => {
  expect(write('q=milk', 'task=7&q=bread')).toBe('task=7&q=milk');
});

test('given an order alone when it is judged then nothing is filtered, and clearing keeps it', () => {
  expect(isFiltered(read('sort=title'))).toBe(false);
  expect(cleared(read('q=milk&sort=title'))).toEqual(read('sort=title'));
});
