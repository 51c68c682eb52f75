import { expect, test } from 'vitest';

import type { Part } from '../api/types';
import { stretchesOf, understoodIn } from './understood';

const part = (text: string, start: number, kind: Part['kind']): Part => ({
  ...{ text, kind, read_as: '' },
  ...{ start: start + 2, end: start + 2 + text.length },
  ...{ start_utf16: start, end_utf16: start + text.length },
});

test('given a line with signs of two units when it is divided then each piece is where JavaScript counts it', () => {
  const line = 'Gießen 🌱 tomorrow #home now';
  const parts = [part('tomorrow', 10, 'due'), part('#home', 19, 'tag')];
  expect(stretchesOf(line, parts)).toEqual([
    { text: 'Gießen 🌱 ', kind: null },
    { text: 'tomorrow', kind: 'due' },
    { text: ' ', kind: null },
    { text: '#home', kind: 'tag' },
    { text: ' now', kind: null },
  ]);
  expect(stretchesOf('', [])).toEqual([]);
});

test('given a line that has changed since it was read when pieces are looked for then only those that stand there still are left', () => {
  const parts = [part('tomorrow', 5, 'due'), part('#home', 14, 'tag')];
  expect(understoodIn('Milk tomorrow #home and', parts)).toEqual(parts);
  expect(understoodIn('Milk tomorow #home', parts)).toEqual([]);
});
