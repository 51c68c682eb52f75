import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { notify } from '../components/toasts';
import { undoOperations } from './bulk';
import { changeEach, takeEachBack } from './changeEach';
import { takeManyBack } from './changeMany';
import { deliverMany } from './deliverMany';
import { idOf, type BulkWrite } from './operations';
import { noteTakenBack, takingBack } from './takeBack';
import { row, storage, task } from './testing';
import { undoLast } from './undo';
import { registerTaskWrites } from './writes';

vi.mock('./deliverMany', () => ({ deliverMany: vi.fn() }));
vi.mock('../components/toasts', () => ({ notify: vi.fn() }));

const sent = vi.mocked(deliverMany);
const onRefused = vi.fn();
const told = () => vi.mocked(notify).mock.calls.map(([{ title }]) => title);

/** The server takes all of them, but those of some tasks. */
const takeAllBut = (refused: readonly (string | null)[]) =>
  sent.mockImplementation(({ operations }: BulkWrite) =>
    Promise.resolve(
      operations.map((operation) => {
        const [id, on] = [idOf(operation), operation.if_match];
        return refused.includes(id)
          ? { status: 412, problem: { type: 'about:blank', title: 'No', status: 412 }, on, merged: false }
          : { status: 200, id, on, version: (on ?? 0) + 1, merged: false };
      }),
    ),
  );

const order = (...ids: string[]) =>
  ids.map((id, at) => ({ task: task({ id, title: id, version: 4 }), patch: { rank: `a${at}` } }));

let client: QueryClient;
beforeEach(() => {
  vi.stubGlobal('localStorage', storage());
  vi.mocked(notify).mockReset();
  vi.mocked(notify).mockReturnValue(() => undefined);
  sent.mockReset();
  onRefused.mockReset();
  client = new QueryClient();
  registerTaskWrites(client);
  client.mount();
});
afterEach(() => vi.unstubAllGlobals());

test('given another order of tasks when it is made then it is one request and one toast, and is taken back as a whole', async () => {
  takeAllBut([]);
  await changeEach(client, order('a', 'b', 'c'), 'put in order', onRefused);
  expect([sent.mock.calls.length, told()]).toEqual([1, ['3 tasks put in order']]);
  // One of them was moved once more, and that was taken back.
  noteTakenBack([{ id: 'b', made: 6, now: 7 }]);
  expect(undoLast()).toBe(true);
  await vi.waitFor(() => expect(sent).toHaveBeenCalledTimes(2));
  expect(sent.mock.calls[1]?.[0]).toMatchObject({
    exact: true,
    operations: [
      { op: 'undo', id: 'a', if_match: 5 },
      { op: 'update', id: 'b', patch: { rank: null }, if_match: 7 },
      { op: 'undo', id: 'c', if_match: 5 },
    ],
  });
  expect(undoLast()).toBe(false);
});

test('given another order of which one is refused when it is made then that is told, and the others alone are taken back', async () => {
  takeAllBut(['e']);
  await changeEach(client, order('d', 'e', 'f'), 'put in order', onRefused);
  expect(told()).toEqual(['2 tasks put in order']);
  const reason = 'It was changed elsewhere in the meantime.';
  expect(onRefused.mock.calls).toEqual([['1 task not put in order', [{ id: 'e', title: 'e', reason }]]]);
  expect(undoLast()).toBe(true);
  await vi.waitFor(() => expect(sent).toHaveBeenCalledTimes(2));
  expect(sent.mock.calls[1]?.[0].operations.map(idOf)).toEqual(['d', 'f']);
});

test('given another order that somebody has changed since when it is taken back then each task that stays is told, and why', async () => {
  takeAllBut([]);
  await changeEach(client, order('g', 'h', 'i'), 'put in order', onRefused);
  takeAllBut(['g', 'i']);
  expect(undoLast()).toBe(true);
  await vi.waitFor(() => expect(onRefused).toHaveBeenCalledTimes(1));
  const reason = 'It was changed elsewhere in the meantime.';
  const refusals = ['g', 'i'].map((id) => ({ id, title: id, reason }));
  expect(onRefused.mock.calls[0]).toEqual(['2 tasks not set back', refusals]);
  // Where somebody has changed something else, the place alone is given back.
  expect(sent.mock.calls[1]?.[0].inverses).toEqual([{ rank: null }, { rank: null }, { rank: null }]);
});

test('given tasks that were set back with what others did since when the change before is taken back then theirs is not written over', async () => {
  const merged = (id: string) => [{ status: 200, id, on: 6, version: 7, merged: true }];
  const intent = { kind: 'update', id: 'l', patch: { rank: 'a1' } } as const;
  sent.mockResolvedValueOnce(merged('l'));
  const moved = { id: 'l', title: 'l', intent, version: 5, before: row({ id: 'l', rank: 'a0' }) };
  await takeEachBack(client, [moved], onRefused);
  sent.mockResolvedValueOnce(merged('m'));
  const raised = { row: row({ id: 'm', version: 4 }), version: 5 };
  await takeManyBack(client, { kind: 'priority', priority: 'high' }, [raised], onRefused);
  for (const id of ['l', 'm']) {
    const renamed = { kind: 'update', id, patch: { title: 'Mine' } } as const;
    const back = takingBack({ id, intent: renamed, version: 4, before: row({ id, title: 'Before' }) });
    expect(back).toMatchObject({ kind: 'undo', version: 4 });
  }
});

test('given changes of many of an earlier visit when some are not taken back then it is told which, and why', async () => {
  takeAllBut(['k']);
  const operations = ['j', 'k'].map((id) => ({ op: 'undo', id, if_match: 5 }) as const);
  await undoOperations(client, operations, ['Ask Ann', 'Buy bread'], onRefused);
  const reason = 'It was changed elsewhere in the meantime.';
  expect(onRefused.mock.calls).toEqual([['1 task not set back', [{ id: 'k', title: 'Buy bread', reason }]]]);
});
