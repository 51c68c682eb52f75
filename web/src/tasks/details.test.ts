import { expect, test, vi } from 'vitest';

import { readHistory, readSubtasks } from './details';

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
