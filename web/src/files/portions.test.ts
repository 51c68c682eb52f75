import { expect, test } from 'vitest';

import { Cutter, inPortions, type Portion } from './portions';

const bytes = (text: string) => new TextEncoder().encode(text);
const words = (portions: readonly Portion[]) =>
  portions.map(({ lines }) =>
    lines.map(({ number, bytes }) => `${number}:${new TextDecoder().decode(bytes)}`),
  );

/** All portions of a text that comes in pieces of so many bytes. */
function cut(text: string, size: number): Portion[] {
  const cutter = new Cutter();
  const all = bytes(text);
  const portions: Portion[] = [];
  for (let at = 0; at < all.length; at += size) portions.push(...cutter.push(all.slice(at, at + size)));
  return [...portions, ...cutter.end()];
}

test('given lines in pieces of any size when cut then they are whole, with their numbers, and blank ones are left out', () => {
  for (const size of [1, 2, 3, 5, 100])
    expect(words(cut('\uFEFF{"a":"ä"}\r\n\n{"b":1}', size))).toEqual([['1:{"a":"ä"}\r', '3:{"b":1}']]);
  expect(words(cut('', 1))).toEqual([[]]);
});

test('given more lines than a request takes when cut then the next portion goes on', () => {
  const portions = cut('{}\n'.repeat(1_203), 700);
  expect(portions.map(({ lines }) => lines.length)).toEqual([500, 500, 203]);
  expect(portions.at(-1)?.lines.at(-1)?.number).toBe(1_203);
  const lines = portions.flatMap((portion) => portion.lines);
  expect(inPortions(lines).map((portion) => portion.length)).toEqual([500, 500, 203]);
});

test('given long lines when cut then no portion is over a mebibyte, and one line that is, is told', () => {
  const long = 'x'.repeat(600_000);
  const portions = cut(`${long}\n${long}\n${'y'.repeat(1024 * 1024)}\nz\n`, 65_536);
  expect(portions.map(({ lines }) => lines.map(({ number }) => number))).toEqual([[1], [2, 4]]);
  expect(portions.flatMap(({ tooLong }) => tooLong)).toEqual([3]);
});
