import { afterEach, expect, test, vi } from 'vitest';

import { addDays, dayOf, daysBetween, isDay } from './day';
import { dayHeading, dayInWords } from './words';

// A Wednesday.
const TODAY = '2026-11-25';

test.each([
  ['2026-11-24', 'Yesterday'],
  ['2026-11-25', 'Today'],
  ['2026-11-26', 'Tomorrow'],
  ['2026-11-27', 'Friday'],
  ['2026-12-01', 'Tuesday'],
  ['2026-12-02', 'Dec 2'],
  ['2026-11-20', 'Nov 20'],
  ['2027-01-02', 'Jan 2, 2027'],
])('given %s when it is told on a Wednesday then it is %s', (day, words) => {
  expect(dayInWords(day, TODAY)).toBe(words);
});

afterEach(() => vi.unstubAllGlobals());

test.each([
  [['de-DE', 'de', 'en-US', 'en'], /^14:05$/],
  [['en-GB', 'en'], /^14:05$/],
  [['en-US', 'de'], /^2:05\sPM$/],
])('given a browser that is set to %s when a time is told then by its clock', async (languages, words) => {
  vi.resetModules();
  vi.stubGlobal('navigator', { languages });
  const { wallTimeInWords } = await import('./words');
  expect(wallTimeInWords('2026-11-25T14:05:00')).toMatch(words);
});

test('given a day when it heads a list then the word and the date say which it is', () => {
  expect(dayHeading('2026-11-26', TODAY)).toEqual({ word: 'Tomorrow', date: 'Thu, Nov 26' });
  expect(dayHeading('2026-11-29', TODAY)).toEqual({ word: 'Sunday', date: 'Nov 29' });
  expect(dayHeading('2026-12-24', TODAY)).toEqual({ word: 'Thu, Dec 24', date: null });
});

test('given days around the ends of months and of daylight saving when they are counted then none is lost', () => {
  expect([addDays('2026-10-24', 2), addDays('2027-03-27', 2), addDays('2027-01-01', -1)]).toEqual([
    '2026-10-26',
    '2027-03-29',
    '2026-12-31',
  ]);
  expect([daysBetween('2026-10-24', '2026-10-26'), daysBetween('2028-02-28', '2028-03-01')]).toEqual([2, 2]);
});

test('given text when it is judged then only days of the calendar are days', () => {
  expect(['2028-02-29', '2026-02-29', '2026-1-1', 'today'].map(isDay)).toEqual([true, false, false, false]);
  expect(dayOf(new Date(2026, 10, 5, 23, 59))).toBe('2026-11-05');
});
