import { beforeEach, expect, test, vi } from 'vitest';

import type { Operation, Task } from '../api/types';
import { deliverMany } from './deliverMany';
import { storage, task } from './testing';

/** The versions of each task, from 1, as the server has them. */
let tasks: Record<string, Task[]> = {};
const newest = (id: string): Task => tasks[id]?.at(-1) ?? task({ id });

/** The server takes what is on top of the newest version alone. */
function take(operation: Operation) {
  if (operation.op === 'create') return { status: 422 };
  const { id, if_match } = operation;
  const { version } = newest(id);
  if (if_match !== version)
    return { id, status: 412, problem: { type: 'about:blank', title: 'No', status: 412 } };
  if (operation.op === 'update')
    tasks[id]?.push({ ...newest(id), ...operation.patch, version: version + 1 } as Task);
  return { id, status: 200, version: version + 1 };
}

vi.mock('./details', () => ({
  readAsOf: (id: string, version: number) => Promise.resolve(tasks[id]?.[version - 1]),
}));
vi.mock('../api/client', () => ({
  api: {
    GET: (_: string, { params }: { params: { path: { id: string } } }) =>
      Promise.resolve({ data: newest(params.path.id) }),
    POST: (_: string, { body }: { body: { operations: Operation[] } }) =>
      Promise.resolve({ data: { results: body.operations.map(take) } }),
  },
  dataOf: async (call: Promise<{ data: unknown }>) => (await call).data,
  writeHeaders: () => ({}),
}));

/** A task that was moved, and what others made of it then. */
function moved(id: string, ...changes: Partial<Task>[]): void {
  const versions: Partial<Task>[] = [{ rank: 'a0' }, { rank: 'a1' }];
  for (const change of changes) versions.push({ ...versions.at(-1), ...change });
  tasks[id] = versions.map((fields, at) => task({ ...fields, id, version: at + 1 }));
}

beforeEach(() => {
  tasks = {};
  vi.stubGlobal('localStorage', storage());
});

test('given another order when it is taken back then all come back, but for a task that somebody has moved since', async () => {
  moved('a', { title: 'Theirs' });
  moved('b', { rank: 'a5' });
  moved('c', { priority: 'high' }, { title: 'Theirs' });
  const ids = ['a', 'b', 'c'];
  const results = await deliverMany({
    key: 'k',
    operations: ids.map<Operation>((id) => ({ op: 'undo', id, if_match: 2 })),
    titles: ids,
    done: 'set back',
    exact: true,
    inverses: ids.map(() => ({ rank: 'a0' })),
  });
  expect(results.map(({ status }) => status)).toEqual([200, 412, 200]);
  expect(ids.map((id) => newest(id).rank)).toEqual(['a0', 'a5', 'a0']);
  expect([newest('a').title, newest('c').priority]).toEqual(['Theirs', 'high']);
});
