import { expect, test } from 'vitest';

import { dayChoices, tagChoices } from './choices';

// A Sunday.
const TODAY = '2026-11-29';

test('given a Sunday when days are offered then the weekend and Monday are those to come', () => {
  const days = new Map(dayChoices(TODAY, '').map(({ words, day }) => [words, day]));
  expect(days.get('Tomorrow')).toBe('2026-11-30');
  expect(days.get('Monday, next week')).toBe('2026-11-30');
  expect(days.get('Saturday, the weekend')).toBe('2026-12-05');
  expect(days.get('No due date')).toBeNull();
});

test('given a Monday when days are offered then next week is a week away', () => {
  expect(dayChoices('2026-11-30', 'mon')[0]?.day).toBe('2026-12-07');
});

test('given words or a date when they are typed then they choose', () => {
  expect(dayChoices(TODAY, 'tom').map(({ words }) => words)).toEqual(['Tomorrow']);
  expect(dayChoices(TODAY, ' 2026-12-24 ')).toEqual([{ words: '2026-12-24', day: '2026-12-24' }]);
  expect(dayChoices(TODAY, '2026-02-30')).toEqual([]);
});

const IN_USE = [
  { tag: 'home', count: 3 },
  { tag: 'work', count: 9 },
];

test('given tasks when tags are offered then their own come first, then the most used', () => {
  const choices = tagChoices([{ tags: ['garden'] }, { tags: ['garden', 'home'] }], IN_USE, '');
  expect(choices.map(({ tag, having }) => [tag, having])).toEqual([
    ['garden', 2],
    ['home', 1],
    ['work', 0],
  ]);
});

test('given a tag that no task has when it is typed then it is offered as a new one', () => {
  expect(tagChoices([], IN_USE, '#wor')).toMatchObject([
    { tag: 'work', isNew: false },
    { tag: 'wor', isNew: true },
  ]);
  expect(tagChoices([], IN_USE, 'work')).toMatchObject([{ tag: 'work', isNew: false }]);
});
