import { expect, test } from 'vitest';

import { keptIn, movedTo, NOTHING, rangedTo, targetsOf, toggled } from './selection';

const IDS = ['a', 'b', 'c', 'd', 'e'];
const at = (position: number) => movedTo(NOTHING, IDS, position);

test('given a task when it is selected twice then it is not selected', () => {
  const once = toggled(NOTHING, 'b');
  expect([...once.selected]).toEqual(['b']);
  expect([...toggled(once, 'b').selected]).toEqual([]);
});

test('given a selected task when a range is selected then it goes from there, both ways', () => {
  const from = toggled(NOTHING, 'c');
  expect([...rangedTo(from, IDS, 'e').selected]).toEqual(['c', 'd', 'e']);
  expect([...rangedTo(from, IDS, 'a').selected].toSorted()).toEqual(['a', 'b', 'c']);
});

test('given nothing selected when a range is selected then it begins at the cursor', () => {
  expect([...rangedTo(at(1), IDS, 'd').selected]).toEqual(['b', 'c', 'd']);
});

test('given the ends of a list when the cursor moves on then it stays', () => {
  expect(movedTo(at(4), IDS, 5).cursor).toEqual({ id: 'e', position: 4 });
  expect(movedTo(at(0), IDS, -1).cursor).toEqual({ id: 'a', position: 0 });
  expect(movedTo(NOTHING, [], 0).cursor).toBeNull();
});

test('given a cursor when its task leaves then it is on the one that came in its place', () => {
  expect(keptIn(at(1), ['a', 'c', 'd', 'e']).cursor).toEqual({ id: 'c', position: 1 });
  expect(keptIn(at(4), ['a', 'b']).cursor).toEqual({ id: 'b', position: 1 });
  expect(keptIn(at(4), []).cursor).toBeNull();
});

test('given a cursor when its task moves then the cursor moves with it', () => {
  expect(keptIn(at(1), ['x', 'y', 'b']).cursor).toEqual({ id: 'b', position: 2 });
});

test('given selected tasks when some leave then the others stay selected', () => {
  const two = toggled(toggled(NOTHING, 'a'), 'b');
  const kept = keptIn(two, ['b', 'c']);
  expect([[...kept.selected], kept.anchor]).toEqual([['b'], 'b']);
});

test('given a selection when another list has all of it in its place then it is the same one', () => {
  const two = toggled(movedTo(toggled(NOTHING, 'a'), IDS, 1), 'b');
  for (const one of [NOTHING, at(1), two]) {
    expect(keptIn(one, ['a', 'b', 'x'])).toBe(one);
    expect(keptIn(one, []) === one).toBe(one === NOTHING);
  }
});

test('given selected tasks and a cursor when something is changed then it is the selected ones', () => {
  expect(targetsOf(at(0))).toEqual(['a']);
  expect(targetsOf(toggled(at(0), 'c'))).toEqual(['c']);
  expect(targetsOf(NOTHING)).toEqual([]);
});
