import { onlineManager, QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import { notify } from '../components/toasts';
import { keptWrites } from '../tasks/kept';
import { send as sendTask } from '../tasks/send';
import { storage } from '../tasks/testing';
import { registerTaskWrites, resumeWrites, startWrite } from '../tasks/writes';
import {
  KEPT_AS,
  readyReminderWrites,
  reminderWritesWait,
  runReminderWrite,
  type ReminderIntent,
} from './reminders';
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
  await vi.waitFor(() => expect(keptWrites(KEPT_AS)).toEqual([]), { timeout: 5_000 });
  expect(new Set(sent.mock.calls.map(([{ key }]) => key)).size).toBe(1);
});

test('given a reminder that is refused then it is kept no longer, and the person is told', async () => {
  const client = visit();
  sent.mockRejectedValueOnce(new ApiProblem({ type: 'about:blank', title: 'No', status: 422 }));
  expect(await runReminderWrite(client, add('a', 'PT1H'))).toBe(false);
  expect(keptWrites(KEPT_AS)).toEqual([]);
  expect(vi.mocked(notify).mock.calls.map(([{ title }]) => title)).toEqual(['The reminder was not added']);
});
