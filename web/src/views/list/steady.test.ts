import { expect, test } from 'vitest';

import type { TaskRow } from '../../tasks/row';
import { row } from '../../tasks/testing';
import { heldInWords, steadyRows } from './steady';

const rows = (ids: string): TaskRow[] => ids.split(' ').map((id) => row({ id }));
const ids = ({ rows: shown }: { rows: TaskRow[] }): string => shown.map(({ id }) => id).join(' ');
const none = () => false;

test('given a list that others add to, remove from and reorder when it is held then it stands as it was', () => {
  const added = steadyRows(rows('a b c'), rows('x a y b c'), none);
  expect([ids(added), heldInWords(added)]).toEqual(['a b c', '2 new']);
  const removed = steadyRows(rows('a b c'), rows('a c'), none);
  expect([ids(removed), heldInWords(removed)]).toEqual(['a b c', '1 change']);
  const moved = steadyRows(rows('a b c'), rows('c a b x'), none);
  expect([ids(moved), heldInWords(moved)]).toEqual(['a b c x', '1 change']);
});

test('given a row that others edit when it is held then the edit shows in its place, but no other day', () => {
  const [a, b] = rows('a b');
  if (!a || !b) throw new Error('there are two');
  const renamed = steadyRows([a, b], [{ ...a, title: 'new' }, b], none);
  expect([renamed.rows[0]?.title, heldInWords(renamed)]).toEqual(['new', null]);
  const later = steadyRows([a, b], [b, { ...a, day: '2026-12-01' }], none);
  expect([ids(later), later.rows[0]?.day, heldInWords(later)]).toEqual(['a b', null, '1 change']);
});

test('given what the person did when the list is held then it shows at once, and nothing else does', () => {
  const isOwn = (id: string) => id === 'b' || id === 'own';
  const shown = steadyRows(rows('a b c'), rows('x a own c'), isOwn);
  expect([ids(shown), heldInWords(shown)]).toEqual(['a own c', '1 new']);
});

test('given a list that is read on when it is held then what comes behind is there', () => {
  expect(ids(steadyRows(rows('a b'), rows('a b c d'), none))).toBe('a b c d');
});
