import { beforeEach, expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import type { Task } from '../api/types';
import { askedAbout } from './conflicts';
import { deliver } from './deliver';
import type { TaskOutcome } from './intent';
import { send } from './send';
import { storage, task } from './testing';
import { noteMade } from './versions';

const versions = vi.hoisted(() => new Map<number, unknown>());
vi.mock('./send', () => ({ send: vi.fn() }));
vi.mock('./details', () => ({
  readAsOf: (_: string, version: number) => Promise.resolve(versions.get(version)),
}));
vi.mock('../api/client', () => ({
  api: { GET: () => Promise.resolve({ data: versions.get(Math.max(...versions.keys())) }) },
  dataOf: async (call: Promise<{ data: unknown }>) => (await call).data,
}));

const sent = vi.mocked(send);

/** The versions of a task, each with what it changed, and a server that takes a write on top of the last one alone. */
function server(...changes: Partial<Task>[]): void {
  changes.reduce<Partial<Task>>((before, change, at) => {
    const now = { ...before, ...change };
    versions.set(at + 1, task({ ...now, id: 'a', version: at + 1 }));
    return now;
  }, {});
  sent.mockImplementation(({ intent }) => {
    const last = versions.size;
    if (intent.kind !== 'update' || intent.version !== last) {
      return Promise.reject(new ApiProblem({ type: 'about:blank', title: 'No', status: 412 }));
    }
    const after = { ...(versions.get(last) as Task), ...intent.patch, version: last + 1 } as Task;
    versions.set(last + 1, after);
    const outcome: TaskOutcome = {
      id: 'a',
      task: after,
      quick: null,
      on: undefined,
      version: last + 1,
      token: null,
    };
    return Promise.resolve(outcome);
  });
}

const update = (patch: Partial<Pick<Task, 'title' | 'priority'>>) =>
  ({ kind: 'update', id: 'a', patch, version: 1 }) as const;

beforeEach(() => {
  versions.clear();
  sent.mockReset();
  vi.stubGlobal('localStorage', storage());
});

test('given somebody who changed another field when a write meets that then it goes on top, under another key', async () => {
  server({ title: 'Pay' }, { priority: 'high' });
  const outcome = await deliver({ key: 'k', intent: update({ title: 'Pay rent' }) });
  expect(outcome).toMatchObject({ on: 2, version: 3, task: { title: 'Pay rent', priority: 'high' } });
  expect(sent.mock.calls.map(([{ key }]) => key)).toEqual(['k', 'k-2']);
});

test('given writes that waited when somebody changed the same as the second then the first goes through, and the second is asked about', async () => {
  server({ title: 'Pay' }, { priority: 'high' });
  await deliver({ key: 'k', intent: update({ title: 'Pay rent' }) });
  // The first is this device's own: its title is no conflict, but the priority is somebody else's.
  await deliver({ key: 'l', intent: update({ title: 'Pay all' }) });
  const refusal: unknown = await deliver({ key: 'm', intent: update({ priority: 'low' }) }).catch(
    (problem: unknown) => problem,
  );
  expect(refusal).toMatchObject({ status: 412 });
  expect(askedAbout(refusal as ApiProblem)).toMatchObject({ version: 4, title: 'Pay all', priority: 'high' });
});

test('given somebody who changed another field when a move is taken back then the place is given back, and theirs stays', async () => {
  server({ title: 'Pay', rank: 'a0' }, { rank: 'a1' }, { priority: 'high' });
  const undo = { kind: 'undo', id: 'a', version: 2, takesBack: 2, inverse: { rank: 'a0' } } as const;
  const outcome = await deliver({ key: 'k', intent: undo });
  expect(outcome).toMatchObject({ on: 3, version: 4, task: { rank: 'a0', priority: 'high' } });
  // The same, sent once more because nobody heard the answer, changes nothing else.
  await expect(deliver({ key: 'k', intent: undo })).resolves.toMatchObject({ task: { rank: 'a0' } });
});

test('given a title that was given since when one before is taken back by its values then the newest stays, and nobody is asked', async () => {
  server({ title: 'Pay' }, { title: 'Pay rent' }, { title: 'Pay' }, { title: 'Pay all' });
  noteMade([{ id: 'a', from: 3, to: 4 }]);
  const patch = { title: 'Buy' };
  const intent = { kind: 'update', id: 'a', patch, version: 3, takesBack: 1 } as const;
  const refusal: unknown = await deliver({ key: 'k', intent }).catch((problem: unknown) => problem);
  expect(refusal).toMatchObject({ status: 412 });
  expect(askedAbout(refusal as ApiProblem)).toBeUndefined();
  expect([...versions.keys()]).toEqual([1, 2, 3, 4]);
});

test('given somebody who moved the task on when a move is taken back then it is refused, and theirs stays', async () => {
  server({ title: 'Pay', rank: 'a0' }, { rank: 'a1' }, { rank: 'a2' });
  const undo = { kind: 'undo', id: 'a', version: 2, takesBack: 2, inverse: { rank: 'a0' } } as const;
  await expect(deliver({ key: 'k', intent: undo })).rejects.toMatchObject({ status: 412 });
  expect(versions.get(3)).toMatchObject({ rank: 'a2' });
  expect(versions.size).toBe(3);
});
