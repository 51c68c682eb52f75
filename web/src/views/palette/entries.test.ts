import { expect, test } from 'vitest';

import { commandsFor, placesFor } from './entries';

const FILTER = { name: 'Urgent work', query: {}, created_at: '', updated_at: '', version: 1 };
const TAGS = [
  { tag: 'work', count: 2 },
  { tag: 'workshop', count: 5 },
];

const words = (entries: { words: string }[]) => entries.map((entry) => entry.words);

test('given nothing typed when places are offered then tags are not', () => {
  expect(words(placesFor('', [FILTER], TAGS))).toEqual([
    ...['Today', 'Upcoming', 'All tasks', 'Operations'],
    'Urgent work',
  ]);
});

test('given words when places are offered then filters and the most used tags that have them are', () => {
  expect(words(placesFor('work', [FILTER], TAGS))).toEqual(['Urgent work', 'workshop', 'work']);
  expect(words(placesFor('go up', [FILTER], TAGS))).toEqual(['Upcoming']);
});

test('given words when commands are offered then those that have them are, of the groups asked for', () => {
  expect(words(commandsFor('del', ['Change']))).toEqual(['Delete']);
  expect(words(commandsFor('del', ['Everywhere']))).toEqual([]);
  expect(words(commandsFor('next', ['Move']))).toEqual([]);
});
