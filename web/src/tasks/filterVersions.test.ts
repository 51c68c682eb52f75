import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ApiProblem } from '../api/problem';
import type { Filter } from '../api/types';
import { UNCONFIRMED } from './filterOverlay';
import { noteFilter, noteRefused, versionFor } from './filterVersions';
import { recall } from './storage';
import { storage } from './testing';

const AT = '2026-11-30T08:00:00Z';
const filter = (name: string, version: number): Filter => ({
  ...{ name, query: {}, created_at: AT, updated_at: AT, version },
});
const create = (name: string) => ({
  ...{ key: name, intent: { do: 'create' as const, name, query: {} }, takesBack: false },
});

/** The version that a write is on top of which follows one that was not confirmed when it was made. */
const follows = (name: string) =>
  versionFor({ key: name, intent: { do: 'delete', filter: filter(name, UNCONFIRMED) }, takesBack: false });
const names = () => Object.keys(recall('tasklog.filterMade', {}));

beforeEach(() => {
  vi.stubGlobal('localStorage', storage());
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test('given filters of more names than are kept when they are written then the newest are known, be they numbers or not', () => {
  const written = [...Array.from({ length: 150 }, (_, at) => `filter ${at}`), '2026'];
  for (const name of written) noteFilter(create(name), filter(name, 7));
  expect(names()).toHaveLength(100);
  expect(['2026', 'filter 149', 'filter 51'].map(follows)).toEqual([7, 7, 7]);
  expect(() => follows('filter 50')).toThrow(ApiProblem);
});

test('given filters of more names than are kept when they are refused then no more of these are kept either', () => {
  for (let at = 0; at < 150; at += 1) noteRefused(create(`filter ${at}`));
  expect(names()).toHaveLength(100);
});

test('given a name that is written again when others follow then it is not the oldest', () => {
  for (let at = 0; at < 100; at += 1) noteFilter(create(`filter ${at}`), filter(`filter ${at}`, 7));
  noteFilter(create('filter 0'), filter('filter 0', 8));
  noteFilter(create('another'), filter('another', 7));
  expect(follows('filter 0')).toBe(8);
  expect(() => follows('filter 1')).toThrow(ApiProblem);
});
