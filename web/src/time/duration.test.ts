import { expect, test } from 'vitest';

import { durationInWords, durationOf } from './duration';

test.each([
  ['PT30M', '30 minutes'],
  ['PT1H', '1 hour'],
  ['P1DT2H', '1 day 2 hours'],
  ['P2W', '2 weeks'],
  ['PT0S', 'PT0S'],
  ['soon', 'soon'],
])('given %s when it is said then it is “%s”', (duration, words) => {
  expect(durationInWords(duration)).toBe(words);
});

test('given a number and a unit when they are written then the server reads them', () => {
  expect([
    durationOf(10, 'minutes'),
    durationOf(1, 'hours'),
    durationOf(2, 'days'),
    durationOf(1, 'weeks'),
  ]).toEqual(['PT10M', 'PT1H', 'P2D', 'P7D']);
});
