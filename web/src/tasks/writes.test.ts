import { onlineManager, QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import { runBulk } from './bulk';
import type { TaskOutcome } from './intent';
import { deliverMany } from './deliverMany';
import { draftsOf, QUICK_ADD_KEPT_AS } from './drafts';
import { keptWrites } from './kept';
import { keys } from './keys';
import { pendingWrites } from './pending';
import { send } from './send';
import { recall } from './storage';
import { storage, task } from './testing';
import { KEPT_AS, registerTaskWrites, resumeWrites, runOrWait, startWrite } from './writes';

vi.mock('./send', () => ({ send: vi.fn() }));
vi.mock('./deliverMany', () => ({ deliverMany: vi.fn() }));
vi.mock('../components/toasts', () => ({ notify: vi.fn() }));

const sent = vi.mocked(send);
const sentMany = vi.mocked(deliverMany);
const outcome = (id: string, version: number): TaskOutcome => ({
  ...{ id, task: null, quick: null, on: undefined, version, token: null },
});

function visit(): QueryClient {
  const client = new QueryClient();
  registerTaskWrites(client);
  client.mount();
  return client;
}

beforeEach(() => {
  vi.stubGlobal('localStorage', storage());
  sent.mockReset();
});
afterEach(() => {
  onlineManager.setOnline(true);
  vi.unstubAllGlobals();
});

const keysOf = (writes: { key: string }[]) => writes.map(({ key }) => key);
const sentWrites = () => sent.mock.calls.map(([write]) => write);

test('given writes of an earlier visit that were not sent when the page is there again then they are, in order, under their keys', async () => {
  onlineManager.setOnline(false);
  const before = visit();
  startWrite(before, { kind: 'complete', id: 'a', version: 1 });
  startWrite(before, { kind: 'update', id: 'a', patch: { title: 'new' }, version: 1 });
  await vi.waitFor(() => expect(keptWrites(KEPT_AS)).toHaveLength(2));
  before.unmount();
  before.clear();

  const after = visit();
  resumeWrites(after);
  expect(pendingWrites(after).map(({ intent, waiting }) => [intent.kind, waiting])).toEqual([
    ['complete', true],
    ['update', true],
  ]);
  expect(sent).not.toHaveBeenCalled();
  const kept = keysOf(keptWrites(KEPT_AS).map(({ write }) => write));
  sent.mockImplementation(({ intent }) =>
    Promise.resolve(outcome('a', ('version' in intent ? (intent.version ?? 0) : 0) + 1)),
  );
  onlineManager.setOnline(true);
  await vi.waitFor(() => expect(pendingWrites(after)).toEqual([]));
  expect(keysOf(sentWrites())).toEqual(kept);
  expect(keptWrites(KEPT_AS)).toEqual([]);
});

test('given two edits of the same version when the first is confirmed then the second goes on top of it', async () => {
  const client = visit();
  sent.mockResolvedValueOnce(outcome('a', 5)).mockResolvedValueOnce(outcome('a', 6));
  startWrite(client, { kind: 'complete', id: 'a', version: 4 });
  startWrite(client, { kind: 'reopen', id: 'a', version: 4 });
  await vi.waitFor(() => expect(sent).toHaveBeenCalledTimes(2));
  expect(sentWrites().map(({ intent }) => 'version' in intent && intent.version)).toEqual([4, 5]);
});

test('given a write that is refused when the answer is there then it is kept no longer', async () => {
  const client = visit();
  sent.mockRejectedValueOnce(new ApiProblem({ type: 'about:blank', title: 'No', status: 422 }));
  await expect(runOrWait(client, { kind: 'delete', id: 'a' })).rejects.toMatchObject({ status: 422 });
  expect([keptWrites(KEPT_AS), pendingWrites(client)]).toEqual([[], []]);
});

test('given subtasks in an order that is refused when the answer is there then they are read again as they are', async () => {
  const client = visit();
  const [mine, others] = [keys.subtasksOf('p'), keys.subtasksOf('q')];
  client.setQueryData(mine, [task({ id: 'b', parent_id: 'p' }), task({ id: 'a', parent_id: 'p' })]);
  client.setQueryData(others, [task({ id: 'c', parent_id: 'q' })]);
  sent.mockRejectedValueOnce(new ApiProblem({ type: 'about:blank', title: 'No', status: 422 }));
  startWrite(client, { kind: 'update', id: 'b', patch: { rank: 'a0' } });
  await vi.waitFor(() => expect(client.getQueryState(mine)?.isInvalidated).toBe(true));
  expect(client.getQueryState(others)?.isInvalidated).toBe(false);
});

test('given a server that is away when somebody waits for a write then they wait no longer, and the write does', async () => {
  const client = visit();
  sent.mockRejectedValueOnce(ApiProblem.unreachable(null)).mockResolvedValueOnce(outcome('a', 2));
  await expect(runOrWait(client, { kind: 'complete', id: 'a' })).resolves.toBe('waiting');
  expect(pendingWrites(client)).toHaveLength(1);
  await vi.waitFor(() => expect(pendingWrites(client)).toEqual([]), { timeout: 5_000 });
  expect(new Set(keysOf(sentWrites())).size).toBe(1);
});

test('given a write that cannot be sent when another has to follow it then that one waits too, and nobody waits for it', async () => {
  const client = visit();
  sent.mockRejectedValueOnce(ApiProblem.unreachable(null)).mockResolvedValue(outcome('a', 2));
  const line = (text: string) => ({ kind: 'quick', text, timeZone: 'UTC' }) as const;
  const outcomes = ['Water', 'Soil'].map((text) => runOrWait(client, line(text)));
  await expect(Promise.all(outcomes)).resolves.toEqual(['waiting', 'waiting']);
  expect(pendingWrites(client).map(({ waiting }) => waiting)).toEqual([true, true]);
  await vi.waitFor(() => expect(pendingWrites(client)).toEqual([]), { timeout: 5_000 });
});

test('given words of new tasks that had to wait when they are refused then they are where they were typed', async () => {
  const client = visit();
  const refusal = new ApiProblem({ type: 'about:blank', title: 'No', status: 422 });
  sent.mockRejectedValueOnce(ApiProblem.unreachable(null)).mockRejectedValue(refusal);
  const line = runOrWait(client, { kind: 'quick', text: 'tomorrow', timeZone: 'UTC' });
  await expect(line).resolves.toBe('waiting');
  await expect(runOrWait(client, { kind: 'create', task: { title: 'Soil', parent_id: 'p' } })).resolves.toBe(
    'waiting',
  );
  await vi.waitFor(() => expect(draftsOf('p').subtask?.text).toBe('Soil'), { timeout: 5_000 });
  expect(recall(QUICK_ADD_KEPT_AS, '')).toBe('tomorrow');
});

test('given a device without room when a write waits then the browser asks before the page is left, and no more once it is sent', async () => {
  const listening = new Set<unknown>();
  vi.stubGlobal('addEventListener', (_: string, listener: unknown) => listening.add(listener));
  vi.stubGlobal('removeEventListener', (_: string, listener: unknown) => listening.delete(listener));
  const full = () => {
    throw new Error('full');
  };
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: full, removeItem: () => undefined });
  onlineManager.setOnline(false);
  const client = visit();
  startWrite(client, { kind: 'complete', id: 'a', version: 1 });
  await vi.waitFor(() => expect(listening.size).toBe(1));
  sent.mockResolvedValueOnce(outcome('a', 2));
  onlineManager.setOnline(true);
  await vi.waitFor(() => expect(pendingWrites(client)).toEqual([]));
  expect(listening.size).toBe(0);
});

test('given changes of one task and of many when they could not be sent then each task gets them in their order, after a reload too', async () => {
  onlineManager.setOnline(false);
  const before = visit();
  const op = (id: string, if_match: number) => ({ op: 'delete', id, if_match }) as const;
  startWrite(before, { kind: 'complete', id: 'a', version: 1 });
  void runBulk(before, {
    operations: [op('a', 1), op('b', 7)],
    titles: ['A', 'B'],
    done: 'deleted',
    exact: false,
  });
  startWrite(before, { kind: 'restore', id: 'b', version: 7 });
  await vi.waitFor(() => expect(keptWrites(KEPT_AS)).toHaveLength(3));
  expect(pendingWrites(before).map(({ intent }) => intent.kind)).toEqual([
    'complete',
    'delete',
    'delete',
    'restore',
  ]);
  before.unmount();
  before.clear();

  const order: unknown[] = [];
  const after = visit();
  resumeWrites(after);
  sent.mockImplementation(({ intent }) => {
    order.push(intent);
    return Promise.resolve(outcome('id' in intent ? intent.id : '', 2));
  });
  sentMany.mockImplementation(({ operations }) => {
    order.push(operations.map(({ op: kind }) => kind));
    return Promise.resolve(operations.map(() => ({ status: 204, on: 1, version: 2, merged: false })));
  });
  onlineManager.setOnline(true);
  await vi.waitFor(() => expect(pendingWrites(after)).toEqual([]));
  expect(order).toMatchObject([{ kind: 'complete' }, ['delete', 'delete'], { kind: 'restore' }]);
  expect(keptWrites(KEPT_AS)).toEqual([]);
});
