import { afterEach, beforeEach, expect, test, vi, type Mock } from 'vitest';

import { api } from '../api/client';
import { ApiProblem } from '../api/problem';
import type { Reminder } from '../api/types';
import { recall, store } from '../tasks/storage';
import { storage, task } from '../tasks/testing';
import type { EventOf } from './events';
import { tellOutside } from './outside';
import { dismiss, heed, onRung, type Rung } from './reminders';

vi.mock('./outside', () => ({ tellOutside: vi.fn() }));
vi.mock('../api/client', () => ({
  api: { GET: vi.fn() },
  dataOf: async (call: Promise<{ data: unknown }>) => (await call).data,
}));

const TASK = task({ title: 'Water the ferns' });
const ID = '0190c3a0-0000-7000-8000-000000000009';
const RANG = { id: ID, task_id: TASK.id, status: 'triggered', version: 2 } as Reminder;
const ring: EventOf<'reminder.triggered'> = {
  name: 'reminder.triggered',
  id: ID,
  version: 2,
  data: { triggered_at: '2026-12-01T08:00:00Z' },
};
const problem = (status: number) => new ApiProblem({ type: 'about:blank', title: 'No', status });

const asked = api.GET as unknown as Mock<(path: string) => Promise<unknown>>;
/** The server answers reads in this order, and then knows the reminder and its task. */
const answerWith = (failures: ApiProblem[], reminder: Reminder = RANG) => {
  asked.mockReset().mockImplementation((path) => {
    const failure = failures.shift();
    if (failure) return Promise.reject(failure);
    return Promise.resolve({ data: path.startsWith('/reminders') ? reminder : TASK });
  });
};
const titles = () => recall<Rung[]>('tasklog.rung', []).map((rung) => rung.task.title);

beforeEach(() => {
  vi.stubGlobal('localStorage', storage());
  vi.useFakeTimers();
});
afterEach(() => {
  dismiss(ID);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('given a server that is away when a reminder rings then it is read until it is there, and shown', async () => {
  answerWith(Array.from({ length: 8 }, () => ApiProblem.unreachable(null)));
  heed([ring], false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(titles()).toEqual([]);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(titles()).toEqual(['Water the ferns']);
});

test('given a reminder that is gone when it rings then it is not asked for again', async () => {
  answerWith([problem(404)]);
  heed([ring], false);
  await vi.advanceTimersByTimeAsync(120_000);
  expect([titles(), asked.mock.calls.length]).toEqual([[], 1]);
});

test('given a reminder that was put off before it could be read then it is not shown', async () => {
  answerWith([problem(503)], { ...RANG, status: 'scheduled', version: 3 });
  heed([ring], false);
  await vi.advanceTimersByTimeAsync(120_000);
  expect([titles(), asked.mock.calls.length]).toEqual([[], 3]);
});

test('given a reminder that another window has shown before it could be read here then it is told outside all the same', async () => {
  const listeners: ((event: { key: string }) => void)[] = [];
  vi.stubGlobal('addEventListener', (_: string, listener: (typeof listeners)[0]) => listeners.push(listener));
  vi.stubGlobal('removeEventListener', () => undefined);
  const stop = onRung(() => undefined);
  answerWith([problem(503)]);
  heed([ring], true);
  store('tasklog.rung', [{ id: ID, version: 2, task: TASK, others: 0 }]);
  for (const listener of listeners) listener({ key: 'tasklog.rung' });
  await vi.advanceTimersByTimeAsync(120_000);
  stop();
  expect(vi.mocked(tellOutside).mock.calls.map(([{ id }]) => id)).toEqual([ID]);
  expect(titles()).toEqual(['Water the ferns']);
});

test('given a reminder that a person has seen before it could be read in another window then it does not come back there', async () => {
  answerWith([]);
  heed([ring], false);
  await vi.advanceTimersByTimeAsync(0);
  dismiss(ID);
  heed([ring], false);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(titles()).toEqual([]);
  answerWith([], { ...RANG, version: 3 });
  heed([{ ...ring, version: 3 }], false);
  await vi.advanceTimersByTimeAsync(0);
  expect(titles()).toEqual(['Water the ferns']);
});
