import { QueryClient } from '@tanstack/react-query';
import { expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import type { Task, TaskPatch } from '../api/types';
import { notify } from '../components/toasts';
import { confirmed, refused } from './effects';
import { inverseOf, noteTakenBack, takingBack, type Made } from './takeBack';
import { row, storage, task } from './testing';

vi.mock('../components/toasts', () => ({ notify: vi.fn() }));

const made = (id: string, version: number, patch: TaskPatch, before: Partial<Task>): Made => ({
  id,
  intent: { kind: 'update', id, patch },
  version,
  before: row({ id, ...before }),
});

test('given the last change of a task when it is taken back then the server undoes that version', () => {
  const change = made('one', 2, { priority: 'high' }, { priority: 'none' });
  const inverse = { priority: 'none' };
  expect(takingBack(change)).toEqual({ kind: 'undo', id: 'one', version: 2, takesBack: 2, inverse });
});

test('given two changes when both are taken back then the first one is reverted by its values, not undone', () => {
  const first = made('two', 2, { priority: 'high' }, { priority: 'low' });
  // The second one made version 3; undoing it made 4.
  noteTakenBack([{ id: 'two', made: 3, now: 4 }]);
  expect(takingBack(first)).toEqual({
    kind: 'update',
    id: 'two',
    patch: { priority: 'low' },
    version: 4,
    takesBack: 2,
  });
  // And the one before that.
  noteTakenBack([{ id: 'two', made: 2, now: 5 }]);
  const created: Made = {
    id: 'two',
    intent: { kind: 'quick', text: '', timeZone: '' },
    version: 1,
    before: undefined,
  };
  expect(takingBack(created)).toEqual({ kind: 'delete', id: 'two', version: 5, takesBack: 1 });
});

test('given a change after which somebody else made another when it is taken back then the server is left to refuse', () => {
  const change = made('three', 2, { priority: 'high' }, {});
  noteTakenBack([{ id: 'three', made: 4, now: 5 }]);
  expect(takingBack(change)).toMatchObject({ kind: 'undo', id: 'three', version: 2, takesBack: 2 });
});

test('given a change that was taken back on top of what others did when the one before is too then theirs is not written over', () => {
  const back = takingBack(made('seven', 3, { priority: 'high' }, { priority: 'none' }));
  // Version 4 is somebody else's, who may have changed the title.
  const after = { id: 'seven', task: task({ id: 'seven', version: 5 }), quick: null, token: null };
  const write = { key: 'k', intent: back };
  confirmed(new QueryClient(), write, { ...after, on: 4, version: 5 }, undefined, () => undefined);
  const first = made('seven', 2, { title: 'Pay all' }, { title: 'Pay' });
  expect(takingBack(first)).toMatchObject({ kind: 'undo', version: 2, takesBack: 2 });
});

test('given an addition that is taken back by deleting it when that is refused then it is told as an undo', () => {
  const problem = new ApiProblem({ type: 'about:blank', title: 'No', status: 412 });
  const write = { key: 'k', intent: { kind: 'delete', id: 'a', version: 3, takesBack: 1 } } as const;
  refused(new QueryClient(), write, problem, { title: 'Pay', row: undefined });
  const told = vi.mocked(notify).mock.lastCall?.[0];
  expect(told?.title).toBe('“Pay” was not set back');
  expect(told?.description).toMatch(/^It was changed elsewhere in the meantime/);
});

test('given fields when they are inverted then each gets what it had, and none is guessed', () => {
  const before = row({ tags: ['home'], due_date: '2026-12-01' });
  expect(inverseOf({ tags: [], due_date: null }, before)).toEqual({ tags: ['home'], due_date: '2026-12-01' });
  expect(inverseOf({ description: 'more' }, before)).toBeNull();
  expect(inverseOf({ recurrence_pattern: null }, before)).toBeNull();
});

test('given a change that was taken back in an earlier visit when the one before it is taken back then it is reverted by its values', async () => {
  vi.stubGlobal('localStorage', storage());
  noteTakenBack([{ id: 'four', made: 3, now: 4 }]);
  vi.resetModules();
  const { takingBack: takingBackLater } = await import('./takeBack');
  const first = made('four', 2, { priority: 'high' }, { priority: 'low' });
  expect(takingBackLater(first)).toMatchObject({ kind: 'update', patch: { priority: 'low' }, version: 4 });
  vi.unstubAllGlobals();
});

test('given two windows in which changes were taken back when the page is loaded anew then those of both are known', async () => {
  vi.stubGlobal('localStorage', storage());
  vi.resetModules();
  const other = await import('./takeBack');
  noteTakenBack([{ id: 'five', made: 3, now: 4 }]);
  other.noteTakenBack([{ id: 'six', made: 3, now: 4 }]);
  vi.resetModules();
  const { takingBack: takingBackLater } = await import('./takeBack');
  for (const id of ['five', 'six']) {
    const first = made(id, 2, { priority: 'high' }, { priority: 'low' });
    expect(takingBackLater(first)).toMatchObject({ kind: 'update', patch: { priority: 'low' }, version: 4 });
  }
  vi.unstubAllGlobals();
});
