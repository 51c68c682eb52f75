import { expect, test } from 'vitest';

import { chordOf, isSingle, meaningOf } from './chords';
import { bindingOf, keysInWords, TABLE } from './table';

const pressed = (key: string, held: Partial<KeyboardEvent> = {}) =>
  chordOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

test('given keys when they are pressed then they read as in the table', () => {
  expect(pressed('j')).toBe('j');
  expect(pressed('J', { shiftKey: true })).toBe('Shift+j');
  expect(pressed('?', { shiftKey: true })).toBe('?');
  expect(pressed(' ')).toBe('Space');
  expect(pressed('k', { ctrlKey: true })).toBe('Mod+k');
  expect(pressed('k', { metaKey: true })).toBe('Mod+k');
  expect(pressed('ArrowDown', { shiftKey: true })).toBe('Shift+ArrowDown');
});

test('given caps lock when a letter is pressed then it is the same letter', () => {
  expect(pressed('J')).toBe('j');
});

test('given a modifier alone, or alt, when it is pressed then it is nothing', () => {
  expect(pressed('Shift', { shiftKey: true })).toBeNull();
  expect(pressed('j', { altKey: true })).toBeNull();
});

test('given keys when letters by themselves are turned off then capitals and signs are meant, and no others', () => {
  expect(['e', 'Shift+e', '?', '+'].filter(isSingle)).toEqual(['e', 'Shift+e', '?', '+']);
  expect(['Space', 'Shift+Space', 'Shift+ArrowDown', 'Mod+k', 'Delete'].filter(isSingle)).toEqual([]);
});

test('given g when t follows then it is one command, and another key is read by itself', () => {
  expect(meaningOf(null, 'g')).toEqual({ binding: null, begun: 'g' });
  expect(meaningOf('g', 't').binding?.command).toBe('today');
  expect(meaningOf('g', 'j').binding?.command).toBe('next');
  expect(meaningOf(null, 't').binding?.command).toBe('tags');
});

test('given the table when it is read then every command has keys and no keys do two things', () => {
  const all = TABLE.flatMap(({ keys }) => keys);
  expect(new Set(all).size).toBe(all.length);
  // Keys that begin others can never be reached themselves.
  expect(all.filter((one) => all.some((other) => other.startsWith(`${one} `)))).toEqual([]);
  expect(new Set(TABLE.map(({ command }) => command)).size).toBe(TABLE.length);
});

test('given keys when they are shown then they are as on the keyboard', () => {
  expect(keysInWords(bindingOf('palette').keys[0] ?? '', false)).toEqual(['Ctrl', 'K']);
  expect(keysInWords(bindingOf('palette').keys[0] ?? '', true)).toEqual(['⌘', 'K']);
  expect(keysInWords('g t', false)).toEqual(['G', 'T']);
});
