import { onlineManager, QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import type { TaskOutcome, TaskWrite } from './intent';
import { keptWrites } from './kept';
import { pendingWrites } from './pending';
import { send } from './send';
import { storage } from './testing';
import { registerTaskWrites, resumeWrites, runOrWait, startWrite } from './writes';

vi.mock('./send', () => ({ send: vi.fn() }));
vi.mock('../components/toasts', () => ({ notify: vi.fn() }));

const sent = vi.mocked(send);
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

const keysOf = (writes: TaskWrite[]) => writes.map(({ key }) => key);
const sentWrites = () => sent.mock.calls.map(([write]) => write);

test('given writes of an earlier visit that were not sent when the page is there again then they are, in order, under their keys', async () => {
  onlineManager.setOnline(false);
  const before = visit();
  startWrite(before, { kind: 'complete', id: 'a', version: 1 });
  startWrite(before, { kind: 'update', id: 'a', patch: { title: 'new' }, version: 1 });
  await vi.waitFor(() => expect(keptWrites()).toHaveLength(2));
  before.unmount();
  before.clear();

  const after = visit();
  resumeWrites(after);
  expect(pendingWrites(after).map(({ intent, waiting }) => [intent.kind, waiting])).toEqual([
    ['complete', true],
    ['update', true],
  ]);
  expect(sent).not.toHaveBeenCalled();
  const kept = keysOf(keptWrites().map(({ write }) => write));
  sent.mockImplementation(({ intent }) =>
    Promise.resolve(outcome('a', ('version' in intent ? (intent.version ?? 0) : 0) + 1)),
  );
  onlineManager.setOnline(true);
  await vi.waitFor(() => expect(pendingWrites(after)).toEqual([]));
  expect(keysOf(sentWrites())).toEqual(kept);
  expect(keptWrites()).toEqual([]);
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
  expect([keptWrites(), pendingWrites(client)]).toEqual([[], []]);
});

test('given a server that is away when somebody waits for a write then they wait no longer, and the write does', async () => {
  const client = visit();
  sent.mockRejectedValueOnce(ApiProblem.unreachable(null)).mockResolvedValueOnce(outcome('a', 2));
  await expect(runOrWait(client, { kind: 'complete', id: 'a' })).resolves.toBe('waiting');
  expect(pendingWrites(client)).toHaveLength(1);
  await vi.waitFor(() => expect(pendingWrites(client)).toEqual([]), { timeout: 5_000 });
  expect(new Set(keysOf(sentWrites())).size).toBe(1);
});
