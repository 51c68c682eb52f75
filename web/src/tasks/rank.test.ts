import { expect, test } from 'vitest';

import { rankAtEnd, ranksOfMove } from './rank';

const ranked = (...ranks: (string | null)[]) => ranks.map((rank, at) => ({ id: `t${at}`, rank }));

/** The ids as the server orders them after the move. */
function orderAfter(tasks: { id: string; rank: string | null }[], from: number, to: number): string[] {
  const moved = new Map(ranksOfMove(tasks, from, to).map(({ id, rank }) => [id, rank]));
  return tasks
    .map(({ id, rank }) => ({ id, rank: moved.get(id) ?? rank ?? '~' }))
    .toSorted((one, other) => (one.rank < other.rank ? -1 : one.rank > other.rank ? 1 : 0))
    .map(({ id }) => id);
}

test('given ranked tasks when one moves then it alone gets a rank, between its new neighbours', () => {
  const tasks = ranked('a0', 'a1', 'a2');
  expect(ranksOfMove(tasks, 2, 1)).toEqual([{ id: 't2', rank: 'a0V' }]);
  expect(orderAfter(tasks, 2, 0)).toEqual(['t2', 't0', 't1']);
  expect(orderAfter(tasks, 0, 2)).toEqual(['t1', 't2', 't0']);
  expect(ranksOfMove(tasks, 1, 1)).toEqual([]);
});

test.each([
  ['none', ranked(null, null, null)],
  ['the same', ranked('a0', 'a0', 'a0')],
  ['ones of another kind', ranked('00', '1', '2')],
  ['some', ranked('a0', null, null)],
])('given tasks with %s for ranks when one moves then all stand as they are seen', (_, tasks) => {
  expect(orderAfter(tasks, 2, 0)).toEqual(['t2', 't0', 't1']);
  expect(orderAfter(tasks, 0, 1)).toEqual(['t1', 't0', 't2']);
});

test('given tasks when another is added then it comes last', () => {
  expect(rankAtEnd([])).toBe('a0');
  expect(rankAtEnd(ranked('a0', 'a1'))).toBe('a2');
  expect(rankAtEnd(ranked('a0', null))).toBeNull();
});
