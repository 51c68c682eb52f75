import { expect, test, vi } from 'vitest';

import { readHistory, readSubtasks, subtasksAfter } from './details';
import type { TaskIntent } from './intent';
import { task } from './testing';

const PAGE = 200;
/** What happened to a task that was changed very often, and then deleted. */
const HAPPENED = Array.from({ length: 2_001 }, (_, at) => ({
  version: at + 1,
  type: at === 2_000 ? 'task.deleted' : 'task.updated',
}));

vi.mock('../api/client', () => ({
  api: {
    GET: (_: string, { params }: { params: { query: { cursor?: string } } }) => {
      const from = Number(params.query.cursor ?? 0);
      const next = from + PAGE;
      const next_cursor = next < HAPPENED.length ? String(next) : null;
      return Promise.resolve({ data: { items: HAPPENED.slice(from, next), next_cursor } });
    },
  },
  dataOf: async (call: Promise<{ data: unknown }>) => (await call).data,
}));

test('given a task with more than 2,000 changes when its history is read then its deletion is in it', async () => {
  const items = await readHistory('a', new AbortController().signal);
  expect(items).toHaveLength(2_001);
  expect(items.at(-1)).toMatchObject({ version: 2_001, type: 'task.deleted' });
});

test('given a task with more subtasks than a page when they are read then none is left out', async () => {
  expect(await readSubtasks('a', new AbortController().signal)).toHaveLength(2_001);
});

test('given subtasks in another order when that is pending then they stand in it, wherever they were read', () => {
  const tasks = [
    task({ id: 'a', rank: 'a0' }),
    task({ id: 'b', rank: 'a1' }),
    task({ id: 'c' }),
    task({ id: 'd' }),
  ];
  const after = (...intents: TaskIntent[]) => {
    const pending = intents.map((intent, at) => ({ key: `${at}`, intent, begunAt: 0, waiting: true }));
    return subtasksAfter(tasks, pending).map(({ id }) => id);
  };
  const first: TaskIntent = { kind: 'update', id: 'd', patch: { rank: 'Zz' } };
  expect(after(first)).toEqual(['d', 'a', 'b', 'c']);
  expect(after(first, { kind: 'delete', id: 'a' })).toEqual(['d', 'b', 'c']);
  expect(after({ kind: 'complete', id: 'c' })).toEqual(['a', 'b', 'c', 'd']);
});
