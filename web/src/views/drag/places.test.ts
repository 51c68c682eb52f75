import { expect, test } from 'vitest';

import { dayOfGroup, daysToDropOn, placeInWords, scrollStep } from './places';

test('given the groups of a list when something is dropped on them then each is a day, but for what is overdue', () => {
  expect(['2026-12-01', 'none', 'late', undefined].map(dayOfGroup)).toEqual([
    '2026-12-01',
    null,
    undefined,
    undefined,
  ]);
});

test('given a day when its place is told then in words', () => {
  expect([placeInWords('2026-11-30', '2026-11-29'), placeInWords(null, '2026-11-29')]).toEqual([
    'Tomorrow',
    'No due date',
  ]);
});

test('given a Sunday when days are offered then tomorrow, which is Monday, is there once', () => {
  const days = daysToDropOn('2026-11-29').map(({ day }) => day);
  expect(days).toEqual(['2026-11-29', '2026-11-30', '2026-12-05', '2026-12-06', '2026-12-27', null]);
});

test('given something held near an edge when frames go by then the list scrolls that way, the nearer the faster', () => {
  const steps = [100, 128, 156, 300, 472, 500, 700].map((y) => scrollStep(y, 100, 500));
  expect(steps).toEqual([-18, -9, 0, 0, 9, 18, 18]);
});
