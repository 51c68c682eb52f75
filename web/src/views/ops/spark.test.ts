import { expect, test } from 'vitest';

import { sparkOf, type Point } from './spark';

const points = (...values: (number | null)[]): Point[] => values.map((value, at) => ({ at: at * 10, value }));

test('given values when drawn then the greatest is at the top and the last at the right', () => {
  expect(sparkOf(points(0, 8, 4), 20, 20, 1)).toEqual({ line: 'M0 24L50 0L100 12', top: 8 });
});

test('given small values when drawn then they are small', () => {
  expect(sparkOf(points(0, 1), 10, 10, 12)).toEqual({ line: 'M0 24L100 22', top: 1 });
  expect(sparkOf(points(0, 0), 10, 10, 12).line).toBe('M0 24L100 24');
});

test('given moments of which nothing is known when drawn then the line is broken there', () => {
  expect(sparkOf(points(1, null, null, 1, 1), 40, 40, 1).line).toBe('M0 0M75 0L100 0');
  expect(sparkOf([], 0, 10, 1)).toEqual({ line: '', top: 0 });
});

test('given a moment before the window when drawn then it is at the left edge', () => {
  expect(sparkOf(points(1, 1), 110, 50, 1).line).toBe('M0 0L0 0');
});
