import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Back } from './back';
import { row, storage } from './testing';

const toasts = vi.hoisted(() => ({ undo: [] as (() => void)[] }));
vi.mock('../components/toasts', () => ({
  notify: ({ action }: { action: { run: () => void } }) => {
    toasts.undo.push(action.run);
    return () => undefined;
  },
}));

/** The page, loaded anew. */
async function visit() {
  vi.resetModules();
  return import('./undo');
}

beforeEach(() => {
  vi.stubGlobal('localStorage', storage());
  toasts.undo = [];
});
afterEach(() => vi.unstubAllGlobals());

const back = (name: string, words = ''): Back => ({
  kind: 'filter',
  back: { do: 'create', name, query: { q: words } },
});
const nameOf = (kept: Back | null) => kept?.kind === 'filter' && kept.back.do === 'create' && kept.back.name;
const notice = { title: 'Changed', description: undefined };

test('given changes when they are taken back then the last one first, those of an earlier visit after those of this one', async () => {
  const before = await visit();
  for (const name of ['a', 'b']) before.offerUndo(notice, back(name), () => undefined);
  const after = await visit();
  const done: string[] = [];
  for (const name of ['c', 'd', 'e']) after.offerUndo(notice, back(name), () => done.push(name));
  // The toast of one of them.
  toasts.undo.at(-2)?.();
  expect([after.undoLast(), after.undoLast(), after.undoLast()]).toEqual([true, true, false]);
  expect(done).toEqual(['d', 'e', 'c']);
  expect([after.takeEarlier(), after.takeEarlier(), after.takeEarlier()].map(nameOf)).toEqual([
    'b',
    'a',
    false,
  ]);
});

test('given a toast when it is pressed twice then its change is taken back once, and not one that was made before', async () => {
  const { offerUndo, undoLast } = await visit();
  const done: string[] = [];
  for (const name of ['a', 'b']) offerUndo(notice, back(name), () => done.push(name));
  toasts.undo.at(-1)?.();
  toasts.undo.at(-1)?.();
  expect(done).toEqual(['b']);
  expect([undoLast(), undoLast(), done]).toEqual([true, false, ['b', 'a']]);
});

test('given more changes than are kept when the page is loaded anew then the last of them are there', async () => {
  const before = await visit();
  for (let at = 0; at < 103; at += 1) before.offerUndo(notice, back(`${at}`), () => undefined);
  const after = await visit();
  const names = Array.from({ length: 101 }, () => nameOf(after.takeEarlier()));
  expect([names[0], names[99], names[100]]).toEqual(['102', '3', false]);
});

test('given changes that are large when the page is loaded anew then as many are there as fit, and none before one that does not', async () => {
  const before = await visit();
  for (const [name, length] of [
    ['small', 1],
    ['large', 200_000],
    ['larger', 250_000],
    ['last', 100_000],
  ] as const)
    before.offerUndo(notice, back(name, 'x'.repeat(length)), () => undefined);
  const after = await visit();
  expect([after.takeEarlier(), after.takeEarlier(), after.takeEarlier()].map(nameOf)).toEqual([
    'last',
    'larger',
    false,
  ]);
});

test('given a change of very many tasks when the page is loaded anew then it can be taken back all the same', async () => {
  const before = await visit();
  const made = Array.from({ length: 1_500 }, (_, at) => {
    return { row: row({ id: `${at}`, title: `Task ${at}` }), version: 2 };
  });
  before.offerUndo(notice, { kind: 'many', change: { kind: 'complete' }, made }, () => undefined);
  const kept = (await visit()).takeEarlier();
  if (kept?.kind !== 'operations') throw new Error(`kept as ${kept?.kind ?? 'nothing'}`);
  expect([kept.operations.length, kept.titles?.length]).toEqual([1_500, 1_500]);
  expect([kept.operations[7], kept.titles?.[7]]).toEqual([{ op: 'undo', id: '7', if_match: 2 }, 'Task 7']);
});

test('given a device that keeps nothing then what was changed in this visit is taken back all the same', async () => {
  vi.stubGlobal('localStorage', undefined);
  const { offerUndo, undoLast, takeEarlier } = await visit();
  let undone = 0;
  offerUndo(notice, back('a'), () => (undone += 1));
  expect([undoLast(), undone, takeEarlier()]).toEqual([true, 1, null]);
});
