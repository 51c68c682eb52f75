import { expect, test, vi } from 'vitest';

import type { Task } from '../api/types';
import { meetConflict, noteOwn } from './conflicts';
import { task } from './testing';

/** The versions of a task, from 1, as the server would answer them. */
let versions: Task[] = [];

vi.mock('../api/client', () => ({
  api: {
    GET: (_: string, { params }: { params: { query?: { as_of: string } } }) =>
      Promise.resolve({ data: versions[Number(params.query?.as_of ?? versions.length) - 1] }),
  },
  dataOf: async (call: Promise<{ data: unknown }>) => (await call).data,
}));

const titles = (...given: string[]) => given.map((title, at) => task({ title, version: at + 1 }));
const rename = { kind: 'update', id: task({}).id, patch: { title: 'Mine' }, version: 1 } as const;

test('given another title by somebody else when a title meets it then the person is asked', async () => {
  versions = titles('Before', 'Theirs');
  const { theirs, again } = await meetConflict(rename, 1, rename.patch);
  expect([theirs.title, again]).toEqual(['Theirs', null]);
});

test('given a change of something else when a title meets it then the title goes on top of it', async () => {
  versions = [task({ title: 'Before', version: 1 }), task({ title: 'Before', priority: 'high', version: 2 })];
  const { again } = await meetConflict(rename, 1, rename.patch);
  expect(again).toEqual({ ...rename, version: 2 });
});

test('given a title that this page wrote itself when the next one meets it then nobody is asked', async () => {
  versions = titles('Before', 'First of mine');
  noteOwn(rename.id, 1, 2);
  const { again } = await meetConflict(rename, 1, rename.patch);
  expect(again).toEqual({ ...rename, version: 2 });
});

test('given a title that somebody wrote on top of mine when the next one meets it then the person is asked', async () => {
  versions = titles('Before', 'First of mine', 'Theirs');
  noteOwn(rename.id, 1, 2);
  expect((await meetConflict(rename, 1, rename.patch)).again).toBeNull();
});
