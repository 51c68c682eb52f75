import { afterEach, expect, test, vi } from 'vitest';

const kept = new Map<string, string>();

const device = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
  removeItem: (key: string) => kept.delete(key),
};
vi.stubGlobal('localStorage', device);

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

test('given a form that was changed again when what it said before is confirmed then it stays as it is', async () => {
  const { draftsOf, keepDraft, markSent, settleDrafts } = await reload();
  keepDraft('t1', 'due', { text: '{"day":"2031-12-24"}', version: 3 });
  markSent('t1', 'due');
  keepDraft('t1', 'due', { text: '{"day":"2031-12-25"}', version: 3 });
  settleDrafts('t1', { due_date: '2031-12-24', due_at: null });
  expect(draftsOf('t1').due?.text).toBe('{"day":"2031-12-25"}');
  markSent('t1', 'due');
  settleDrafts('t1', { due_date: '2031-12-25', due_at: null });
  expect(draftsOf('t1')).toEqual({});
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

test('given two windows at the same task when each is typed into then neither draft takes the other away', async () => {
  const one = await reload();
  const other = await reload();
  expect([one.draftsOf('t1'), other.draftsOf('t1')]).toEqual([{}, {}]);
  one.keepDraft('t1', 'title', { text: 'Pay', version: 3 });
  other.keepDraft('t1', 'description', { text: 'Rent', version: 3 });
  one.moveDrafts('t1', 3, 4);
  one.settleDrafts('t1', { title: 'Pay' });
  const { draftsOf } = await reload();
  expect(draftsOf('t1')).toEqual({ description: { text: 'Rent', version: 4 } });
});

test('given a draft that another window has written when that is heard then it is shown', async () => {
  const hear: ((event: { key: string | null }) => void)[] = [];
  vi.stubGlobal('addEventListener', (_: string, listener: (typeof hear)[number]) => hear.push(listener));
  const one = await reload();
  const other = await reload();
  let told = 0;
  one.onDrafts(() => (told += 1));
  expect(one.draftsOf('t1')).toEqual({});
  other.keepDraft('t1', 'title', { text: 'Pay', version: 3 });
  hear.forEach((listener) => listener({ key: 'tasklog.draft.t1' }));
  expect([told, one.draftsOf('t1').title?.text]).toEqual([1, 'Pay']);
});

test('given a device without room for a draft when it is typed on then it lasts as long as the page', async () => {
  const { draftsOf, keepDraft } = await reload();
  keepDraft('t1', 'title', { text: 'Pay', version: 3 });
  vi.stubGlobal('localStorage', {
    ...device,
    setItem: () => {
      throw new Error('full');
    },
  });
  keepDraft('t1', 'description', { text: 'Rent', version: 3 });
  keepDraft('t1', 'title', null);
  keepDraft('t1', 'description', { text: 'Rent and more', version: 3 });
  expect(draftsOf('t1')).toEqual({ description: { text: 'Rent and more', version: 3 } });
});
