import { afterEach, expect, test, vi } from 'vitest';

const kept = new Map<string, string>();

vi.stubGlobal('localStorage', {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
  removeItem: (key: string) => kept.delete(key),
});

/** The drafts of a page that was just loaded. */
const reload = async () => {
  vi.resetModules();
  return import('./drafts');
};

afterEach(() => kept.clear());

test('given a draft when the page is loaded again then it is there, until it is confirmed', async () => {
  const first = await reload();
  first.keepDraft('t1', 'title', { text: 'Pay the re', version: 3 });
  const { draftsOf, settleDrafts } = await reload();
  expect(draftsOf('t1')).toEqual({ title: { text: 'Pay the re', version: 3 } });
  expect(draftsOf('t2')).toEqual({});
  settleDrafts('t1', { title: 'Pay the re' });
  expect(draftsOf('t1')).toEqual({});
  expect(kept.size).toBe(0);
});

test('given a text that was typed on when its first part is confirmed then the draft stays', async () => {
  const { draftsOf, keepDraft, settleDrafts } = await reload();
  keepDraft('t1', 'description', { text: 'Milk and eggs', version: 3 });
  settleDrafts('t1', { description: 'Milk' });
  settleDrafts('t1', { title: 'Milk and eggs' });
  expect(draftsOf('t1').description?.text).toBe('Milk and eggs');
});

test('given what is not a draft in the place of one when it is read then there is none', async () => {
  kept.set('tasklog.draft.t1', '{"title":');
  const { draftsOf } = await reload();
  expect(draftsOf('t1')).toEqual({});
});

test('given drafts when a write of this page is confirmed then those begun before it have seen it', async () => {
  const { draftsOf, keepDraft, moveDrafts } = await reload();
  keepDraft('t1', 'title', { text: 'Pay', version: 3 });
  keepDraft('t1', 'description', { text: 'Rent', version: 2 });
  moveDrafts('t1', 3, 4);
  expect(draftsOf('t1')).toEqual({
    title: { text: 'Pay', version: 4 },
    description: { text: 'Rent', version: 2 },
  });
});
