import { expect, test } from 'vitest';

import type { HistoryItem } from '../../api/types';
import { changesOf, deedInWords, lastTitle, wasDeleted } from './changes';

const TODAY = '2026-11-29';

const item = (given: Partial<HistoryItem>): HistoryItem => ({
  version: 2,
  type: 'task.updated',
  time: '2026-11-29T10:00:00Z',
  actor: 'anonymous',
  changes: {},
  ...given,
});

const lines = (given: Partial<HistoryItem>) =>
  changesOf(item(given), TODAY).map(({ name, from, to }) => `${name}: ${from} → ${to}`);

test('given who did what when it is told then it is a sentence, for kinds of later versions too', () => {
  expect(deedInWords(item({}))).toBe('Someone changed it');
  expect(deedInWords(item({ actor: 'ann', type: 'task.completed' }))).toBe('ann completed it');
  expect(deedInWords(item({ actor: 'ann', type: 'task.tag_renamed' }))).toBe('ann tag renamed');
});

test('given a due day that became a time when it is told then it is one change', () => {
  const changes = {
    due_date: { from: '2026-11-30', to: null },
    due_at: { from: null, to: '2026-12-12T09:00:00' },
    time_zone: { from: null, to: 'Europe/Berlin' },
  };
  expect(lines({ changes })).toHaveLength(1);
  expect(lines({ changes })[0]).toMatch(/^Due: Tomorrow → .*12.* 9:00.* Europe\/Berlin$/);
  expect(lines({ changes: { time_zone: { from: 'UTC', to: 'Asia/Tokyo' } } })).toEqual([
    'Time zone: UTC → Asia/Tokyo',
  ]);
});

test('given a completion when it is told then what follows from the status is left out', () => {
  const changes = {
    status: { from: 'pending', to: 'completed' },
    completed_at: { from: null, to: '2026-11-29T10:00:00Z' },
  };
  expect(lines({ type: 'task.completed', changes })).toEqual(['Status: To do → Completed']);
});

test('given a new task when it is told then only what was set is said', () => {
  const changes = {
    title: { from: null, to: 'Pay' },
    status: { from: null, to: 'pending' },
    priority: { from: null, to: 'none' },
    tags: { from: null, to: ['home', 'rent'] },
    series_id: { from: null, to: 'x' },
  };
  expect(lines({ type: 'task.created', changes })).toEqual(['Title: none → Pay', 'Tags: none → home, rent']);
});

test('given fields that were changed for one occurrence when they are told then it is said', () => {
  const changes = { title: { from: 'Pay', to: 'Pay all' }, priority: { from: 'none', to: 'high' } };
  const told = changesOf(item({ changes, only_this: ['title'] }), TODAY);
  expect(told.map(({ name, onlyThis }) => [name, onlyThis])).toEqual([
    ['Title', true],
    ['Priority', false],
  ]);
});

test('given what happened to a task when it is not there then it is known whether it was deleted, and what it was called', () => {
  const titled = (from: string | null, to: string) => item({ changes: { title: { from, to } } });
  const items = [titled(null, 'Pay'), titled('Pay', 'Pay all'), item({ type: 'task.deleted' })];
  expect([wasDeleted(items), lastTitle(items)]).toEqual([true, 'Pay all']);
  const back = [...items, item({ type: 'task.restored' })];
  expect([wasDeleted(back), wasDeleted([]), lastTitle([])]).toEqual([false, false, undefined]);
});
