import { expect, test } from 'vitest';

import { hasWords } from './find';

test.each([
  ['Go to Upcoming', '', true],
  ['Go to Upcoming', 'up', true],
  ['Go to Upcoming', 'up go', true],
  ['Go to Upcoming', 'coming', false],
  ['Büro und Café', 'buro cafe', true],
  ['#work/errands', 'err', true],
  ['Set priority', 'set due', false],
])('given %s when %s is looked for then it is %s', (text, query, found) => {
  expect(hasWords(text, query)).toBe(found);
});
