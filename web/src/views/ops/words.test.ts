import { expect, test } from 'vitest';

import { fromNow, secondsInWords, spreadOut, upTo } from './words';

test.each([
  [0, '0 s'],
  [0.004, '0.1 s'],
  [0.44, '0.4 s'],
  [9.97, '10 s'],
  [119, '119 s'],
  [180, '3 min'],
  [7_300, '2 h'],
  [93_600, '26 h'],
  [432_000, '5 days'],
])('given %d seconds then it is %s', (seconds, words) => {
  expect(secondsInWords(seconds)).toBe(words);
});

test('given an instant when told from now then it lies ahead, behind, or is now', () => {
  const now = Date.parse('2026-11-30T08:00:00Z');
  expect(fromNow('2026-11-30T08:05:00Z', now)).toBe('in 5 min');
  expect(fromNow('2026-11-30T07:59:30Z', now)).toBe('30 s ago');
  expect(fromNow('2026-11-30T08:00:00.4Z', now)).toBe('now');
});

test('given a count that ends somewhere then it is told that there may be more', () => {
  expect([upTo(9_999, 10_000), upTo(10_000, 10_000)]).toEqual(['9,999', '10,000 or more']);
});

test('given a record then it is spread out where it is JSON, else left as it is', () => {
  expect(spreadOut('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(spreadOut('{"a":')).toBe('{"a":');
});
