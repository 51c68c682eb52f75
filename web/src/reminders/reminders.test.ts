import { onlineManager, QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import { notify } from '../components/toasts';
import { keptWrites } from '../tasks/kept';
import { keys } from '../tasks/keys';
import { send as sendTask } from '../tasks/send';
import { storage, task } from '../tasks/testing';
import { isSomeWaiting } from '../tasks/turn';
import { takeEarlier, undoLast } from '../tasks/undo';
import { registerTaskWrites, resumeWrites, startWrite } from '../tasks/writes';
import type { ReminderIntent } from './intent';
import { KEPT_AS, readyReminderWrites, reminderWritesWait, runReminderWrite } from './reminders';
import { send } from './send';

vi.mock('./send', () => ({ send: vi.fn() }));
vi.mock('../tasks/send', () => ({ send: vi.fn() }));
vi.mock('../components/toasts', () => ({ notify: vi.fn() }));

const sent = vi.mocked(send);
const add = (taskId: string, before_due: string): ReminderIntent => ({
  ...{ kind: 'add', taskId },
  time: { before_due },
});

function visit(): QueryClient {
  const client = new QueryClient();
  registerTaskWrites(client);
  readyReminderWrites(client);
  client.mount();
  return client;
}

beforeEach(() => {
  vi.stubGlobal('localStorage', storage());
  sent.mockReset().mockResolvedValue(null);
  vi.mocked(sendTask).mockReset();
  vi.mocked(notify).mockReset();
  vi.mocked(notify).mockReturnValue(() => undefined);
});
afterEach(() => {
  onlineManager.setOnline(true);
  vi.unstubAllGlobals();
});

test('given reminders that were changed offline when the page is there again then they are sent, after what was done to the task before', async () => {
  onlineManager.setOnline(false);
  const before = visit();
  startWrite(before, { kind: 'update', id: 'a', patch: { due_date: '2031-01-01' }, version: 1 });
  // Who waits for it waits no longer than it takes to be kept.
  expect(await runReminderWrite(before, add('a', 'PT1H'))).toBe(true);
  expect(await runReminderWrite(before, add('a', 'PT2H'))).toBe(true);
  const kept = keptWrites<{ key: string }>(KEPT_AS).map(({ write }) => write.key);
  expect([kept.length, reminderWritesWait(before, 'a')]).toEqual([2, true]);
  before.unmount();
  before.clear();

  const order: string[] = [];
  vi.mocked(sendTask).mockImplementation(async ({ intent }) => {
    await new Promise((go) => setTimeout(go, 20));
    order.push(intent.kind);
    return { id: 'a', task: null, quick: null, on: undefined, version: 2, token: null };
  });
  sent.mockImplementation(({ key }) => {
    order.push(key);
    return Promise.resolve(null);
  });
  const after = visit();
  resumeWrites(after);
  expect(sent).not.toHaveBeenCalled();
  onlineManager.setOnline(true);
  await vi.waitFor(() => expect(order).toEqual(['update', ...kept]));
  await vi.waitFor(() => expect(keptWrites(KEPT_AS)).toEqual([]));
  expect(reminderWritesWait(after, 'a')).toBe(false);
});

test('given a server that is away when a reminder is added then it is tried under the same key until it is there', async () => {
  const client = visit();
  sent.mockRejectedValueOnce(ApiProblem.unreachable(null)).mockResolvedValueOnce(null);
  expect(await runReminderWrite(client, add('a', 'PT1H'))).toBe(true);
  expect(keptWrites(KEPT_AS)).toHaveLength(1);
  // The key for undo waits for it, too.
  expect(isSomeWaiting(client)).toBe(true);
  await vi.waitFor(() => expect(keptWrites(KEPT_AS)).toEqual([]), { timeout: 5_000 });
  expect(isSomeWaiting(client)).toBe(false);
  expect(new Set(sent.mock.calls.map(([{ key }]) => key)).size).toBe(1);
});

test('given a reminder that is refused then it is kept no longer, and the person is told', async () => {
  const client = visit();
  sent.mockRejectedValueOnce(new ApiProblem({ type: 'about:blank', title: 'No', status: 422 }));
  expect(await runReminderWrite(client, add('a', 'PT1H'))).toBe(false);
  expect(keptWrites(KEPT_AS)).toEqual([]);
  expect(vi.mocked(notify).mock.calls.map(([{ title }]) => title)).toEqual(['The reminder was not added']);
});

test('given a reminder that is refused when its task is known then the person is told which it is', async () => {
  const client = visit();
  client.setQueryData(keys.task('a'), task({ id: 'a', title: 'Pay the rent' }));
  sent.mockRejectedValueOnce(new ApiProblem({ type: 'about:blank', title: 'It has passed', status: 422 }));
  await runReminderWrite(client, add('a', 'PT1H'));
  expect(vi.mocked(notify).mock.calls.map(([{ description }]) => description)).toEqual([
    '“Pay the rent”: It has passed',
  ]);
});

test('given changes of reminders when they are taken back then by the key too, the last first, and what takes back is not', async () => {
  const client = visit();
  const was = { before_due: 'PT2H' };
  await runReminderWrite(client, { kind: 'delete', id: 'r1', taskId: 'a', was });
  const time = { repeat: null };
  await runReminderWrite(client, { kind: 'change', id: 'r2', taskId: 'a', time, was });
  expect(undoLast()).toBe(true);
  await vi.waitFor(() => expect(sent).toHaveBeenCalledTimes(3));
  expect(undoLast()).toBe(true);
  await vi.waitFor(() => expect(sent).toHaveBeenCalledTimes(4));
  await vi.waitFor(() => expect(keptWrites(KEPT_AS)).toEqual([]));
  const back = sent.mock.calls.slice(2).map(([{ intent }]) => intent);
  expect(back).toMatchObject([
    { kind: 'change', id: 'r2', time: was },
    { kind: 'add', taskId: 'a', time: was },
  ]);
  expect(takeEarlier()).toBeNull();
});

test('given a reminder that was changed in an earlier visit when the key is pressed then that is known', async () => {
  const intent: ReminderIntent = { kind: 'delete', id: 'r1', taskId: 'a', was: { before_due: 'PT2H' } };
  await runReminderWrite(visit(), intent);
  expect(takeEarlier()).toEqual({ kind: 'reminder', made: { intent, id: 'r1' } });
});
