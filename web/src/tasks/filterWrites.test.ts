import { onlineManager, QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import type { Filter } from '../api/types';
import { notify } from '../components/toasts';
import type { FilterBack } from './back';
import { sendFilter } from './filterSend';
import { hearFilterWrites, KEPT_AS, readyFilterWrites, runFilterWrite } from './filterWrites';
import { keptWrites } from './kept';
import { keys } from './keys';
import { storage } from './testing';
import { isSomeWaiting } from './turn';
import { undoLast } from './undo';

vi.mock('./filterSend', () => ({ sendFilter: vi.fn() }));
vi.mock('../components/toasts', () => ({ notify: vi.fn() }));

const sent = vi.mocked(sendFilter);
const AT = '2026-11-30T08:00:00Z';
const filter = (name: string, version: number): Filter => ({
  ...{ name, query: { q: 'milk' }, created_at: AT, updated_at: AT, version },
});

/** The server does all that is asked. */
const take = (_: string, intent: FilterBack, version = 0) => {
  if (intent.do === 'delete') return Promise.resolve(null);
  return Promise.resolve(filter('name' in intent ? intent.name : intent.filter.name, version + 1));
};

function visit(): QueryClient {
  const client = new QueryClient();
  readyFilterWrites(client);
  client.mount();
  return client;
}

beforeEach(() => {
  vi.stubGlobal('localStorage', storage());
  sent.mockReset().mockImplementation(take);
  vi.mocked(notify).mockReset();
  vi.mocked(notify).mockReturnValue(() => undefined);
});
afterEach(() => {
  onlineManager.setOnline(true);
  vi.unstubAllGlobals();
});

const asked = () => sent.mock.calls.map(([, intent, version]) => [intent.do, version]);

test('given filters that were changed offline when the page is there again then it is sent, in order, under its keys, each on top of the last', async () => {
  onlineManager.setOnline(false);
  const before = visit();
  const rename: FilterBack = { do: 'rename', filter: filter('work', 3), name: 'office' };
  expect(await runFilterWrite(before, rename)).toBe('waiting');
  // As it is shown then, its version is not known.
  const change: FilterBack = { do: 'replace', filter: filter('office', 0), query: { sort: 'due' } };
  expect(await runFilterWrite(before, change)).toBe('waiting');
  expect(isSomeWaiting(before)).toBe(true);
  const kept = keptWrites<{ key: string }>(KEPT_AS).map(({ write }) => write.key);
  expect(kept).toHaveLength(2);
  before.unmount();
  before.clear();

  const after = visit();
  expect([isSomeWaiting(after), sent.mock.calls.length]).toEqual([true, 0]);
  onlineManager.setOnline(true);
  await vi.waitFor(() => expect(keptWrites(KEPT_AS)).toEqual([]));
  expect(asked()).toEqual([
    ['rename', 3],
    ['replace', 4],
  ]);
  expect(sent.mock.calls.map(([key]) => key)).toEqual(kept);
});

test('given two changes of a filter when both are taken back then each is, on top of what taking back has made', async () => {
  const client = visit();
  await runFilterWrite(client, { do: 'rename', filter: filter('work', 3), name: 'office' });
  await runFilterWrite(client, { do: 'rename', filter: filter('office', 4), name: 'bureau' });
  expect(undoLast()).toBe(true);
  await vi.waitFor(() => expect(sent).toHaveBeenCalledTimes(3));
  await vi.waitFor(() => expect(keptWrites(KEPT_AS)).toEqual([]));
  expect(undoLast()).toBe(true);
  await vi.waitFor(() => expect(sent).toHaveBeenCalledTimes(4));
  expect(asked()).toEqual([
    ['rename', 3],
    ['rename', 4],
    ['rename', 5],
    ['rename', 6],
  ]);
  expect(sent.mock.calls.map(([, intent]) => 'name' in intent && intent.name)).toEqual([
    'office',
    'bureau',
    'office',
    'work',
  ]);
});

test('given a filter that is refused when it was waiting then that is told with its name, and it waits no longer', async () => {
  onlineManager.setOnline(false);
  const client = visit();
  expect(await runFilterWrite(client, { do: 'create', name: 'late', query: {} })).toBe('waiting');
  sent.mockRejectedValueOnce(new ApiProblem({ type: 'about:blank', title: 'It is taken', status: 409 }));
  onlineManager.setOnline(true);
  await vi.waitFor(() => expect(notify).toHaveBeenCalledTimes(1));
  expect(vi.mocked(notify).mock.calls[0]?.[0]).toMatchObject({
    title: 'The filter was not saved: “late”',
    description: 'It is taken',
  });
  await vi.waitFor(() => expect(keptWrites(KEPT_AS)).toEqual([]));
});

test('given a filter of a name that is taken when it was saved, changed and deleted offline then that of somebody else stays', async () => {
  const client = visit();
  // This device knew one of the name, once.
  await runFilterWrite(client, { do: 'create', name: 'late', query: {} });
  sent.mockClear();
  onlineManager.setOnline(false);
  const shown = filter('late', 0);
  expect(await runFilterWrite(client, { do: 'create', name: 'late', query: {} })).toBe('waiting');
  expect(await runFilterWrite(client, { do: 'replace', filter: shown, query: { q: 'x' } })).toBe('waiting');
  expect(await runFilterWrite(client, { do: 'delete', filter: shown })).toBe('waiting');
  sent.mockRejectedValueOnce(new ApiProblem({ type: 'about:blank', title: 'It is taken', status: 409 }));
  onlineManager.setOnline(true);
  await vi.waitFor(() => expect(keptWrites(KEPT_AS)).toEqual([]));
  expect(asked()).toEqual([['create', undefined]]);
  const why = 'What was done to this filter before was refused.';
  const problems = vi.mocked(notify).mock.calls.filter(([{ tone }]) => tone === 'problem');
  expect(problems.map(([{ description }]) => description)).toEqual(['It is taken', why, why]);
});

test('given a filter that somebody else has changed when a write to it is refused then the filters are read again', async () => {
  const client = visit();
  client.setQueryData(keys.filters, [filter('work', 3)]);
  sent.mockRejectedValueOnce(new ApiProblem({ type: 'about:blank', title: 'It is another', status: 412 }));
  const refusal = runFilterWrite(client, { do: 'delete', filter: filter('work', 3) });
  await expect(refusal).rejects.toMatchObject({ status: 412 });
  expect(client.getQueryState(keys.filters)?.isInvalidated).toBe(true);
});

test('given a server that refuses when somebody waits for the answer then they are told, and nobody else is', async () => {
  const client = visit();
  sent.mockRejectedValueOnce(new ApiProblem({ type: 'about:blank', title: 'It is taken', status: 409 }));
  const refusal = runFilterWrite(client, { do: 'create', name: 'late', query: {} });
  await expect(refusal).rejects.toMatchObject({ status: 409 });
  expect(notify).not.toHaveBeenCalled();
});

test('given another window when a write of it is answered then the filters are read again here', async () => {
  const hear: ((event: Pick<StorageEvent, 'key' | 'newValue'>) => void)[] = [];
  vi.stubGlobal('addEventListener', (_: string, listener: (typeof hear)[number]) => hear.push(listener));
  vi.stubGlobal('removeEventListener', () => undefined);
  const client = visit();
  client.setQueryData(keys.filters, [filter('work', 3)]);
  const end = hearFilterWrites(client);
  const isOld = () => client.getQueryState(keys.filters)?.isInvalidated;
  hear[0]?.({ key: `${KEPT_AS}k`, newValue: '{}' });
  hear[0]?.({ key: 'tasklog.write.k', newValue: null });
  expect(isOld()).toBe(false);
  hear[0]?.({ key: `${KEPT_AS}k`, newValue: null });
  await vi.waitFor(() => expect(isOld()).toBe(true));
  end();
});
