import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import type { Task } from '../api/types';
import { askedAbout, meetConflict, openConflicts, questionOf } from './conflicts';
import { storage, task } from './testing';
import { noteMade } from './versions';

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
const { id } = task({});

/** What a title that was meant for version 1 comes to, and whether the person is asked. */
async function meet() {
  const problem = new ApiProblem({ type: 'about:blank', title: 'No', status: 412 });
  const refused = { id, seen: 1, refused: versions.length - 1, patch: { title: 'Mine' } };
  const onTopOf = await meetConflict(problem, refused, undefined);
  return { onTopOf: onTopOf?.version, askedAbout: askedAbout(problem)?.title };
}

beforeEach(() => vi.stubGlobal('localStorage', storage()));
afterEach(() => vi.unstubAllGlobals());

test('given another title by somebody else when a title meets it then the person is asked', async () => {
  versions = titles('Before', 'Theirs');
  expect(await meet()).toEqual({ onTopOf: undefined, askedAbout: 'Theirs' });
});

test('given a change of something else when a title meets it then the title goes on top of it', async () => {
  versions = [task({ title: 'Before', version: 1 }), task({ title: 'Before', priority: 'high', version: 2 })];
  expect(await meet()).toEqual({ onTopOf: 2, askedAbout: undefined });
});

test('given a title that this device wrote itself when the next one meets it then nobody is asked', async () => {
  versions = titles('Before', 'First of mine');
  noteMade([{ id, from: 1, to: 2 }]);
  expect(await meet()).toEqual({ onTopOf: 2, askedAbout: undefined });
});

test('given a title that somebody wrote on top of mine when the next one meets it then the person is asked', async () => {
  versions = titles('Before', 'First of mine', 'Theirs');
  noteMade([{ id, from: 1, to: 2 }]);
  expect(await meet()).toEqual({ onTopOf: undefined, askedAbout: 'Theirs' });
});

test('given two windows when each meets somebody else then neither question takes the other away, and an answer is one for both', async () => {
  versions = titles('Before', 'Theirs');
  vi.resetModules();
  const other = await import('./conflicts');
  const refusedOf = (title: string) => ({ id, seen: 1, refused: 1, patch: { title } });
  const problem = new ApiProblem({ type: 'about:blank', title: 'No', status: 412 });
  await meetConflict(problem, refusedOf('Here'), undefined);
  await other.meetConflict(problem, refusedOf('There'), undefined);
  // The page, loaded anew.
  vi.resetModules();
  const { openConflicts, closeConflict } = await import('./conflicts');
  expect(openConflicts().map(({ patch }) => patch.title)).toEqual(['Here', 'There']);
  const [first] = openConflicts();
  if (first) closeConflict(first);
  vi.resetModules();
  const later = await import('./conflicts');
  expect(later.openConflicts().map(({ patch }) => patch.title)).toEqual(['There']);
});

test('given another window that met somebody else while nobody listened here when somebody does then they are asked', async () => {
  versions = titles('Before', 'Theirs');
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('removeEventListener', () => undefined);
  vi.resetModules();
  const here = await import('./conflicts');
  vi.resetModules();
  const other = await import('./conflicts');
  const problem = new ApiProblem({ type: 'about:blank', title: 'No', status: 412 });
  const refused = { id, seen: 1, refused: 1, patch: { title: 'There' } };
  await other.meetConflict(problem, refused, undefined);
  expect(here.openConflicts()).toEqual([]);
  const end = here.onConflicts(() => undefined);
  expect(here.openConflicts().map(({ patch }) => patch.title)).toEqual(['There']);
  end();
});

test('given two edits of one task that met the same version when they are asked about then each is a question of its own', async () => {
  versions = [task({ title: 'Before', version: 1 }), task({ title: 'Theirs', priority: 'high', version: 2 })];
  const problem = new ApiProblem({ type: 'about:blank', title: 'No', status: 412 });
  const seen = { id, seen: 1, refused: 1 };
  await meetConflict(problem, { ...seen, patch: { title: 'Mine' } }, undefined);
  await meetConflict(problem, { ...seen, patch: { priority: 'low' } }, undefined);
  const questions = openConflicts().map(questionOf);
  expect(questions).toHaveLength(2);
  expect(new Set(questions).size).toBe(2);
});
