import { expect, test } from 'vitest';

import type { TasksQuery } from './keys';
import { matches } from './matches';
import { row } from './testing';

const NOW = new Date('2026-11-25T12:00:00Z');
const judged = (query: TasksQuery, task = row({})) => matches(query, task, NOW);

test('given conditions when a task is judged then any status and priority will do, and every tag must be there', () => {
  const task = row({ status: 'in_progress', priority: 'high', tags: ['home', 'garden'] });
  expect(judged({ status: ['pending', 'in_progress'], priority: ['high', 'urgent'] }, task)).toBe(true);
  expect(judged({ status: ['completed'] }, task)).toBe(false);
  expect(judged({ priority: ['low'] }, task)).toBe(false);
  expect(judged({ tag: ['garden'] }, task)).toBe(true);
  expect(judged({ tag: ['garden', 'work'] }, task)).toBe(false);
});

test('given a range of days when a task is judged then the day that it states counts', () => {
  const late = row({
    due_at: '2026-12-01T23:30:00',
    time_zone: 'America/New_York',
    due_utc: '2026-12-02T04:30:00Z',
  });
  expect(judged({ due_from: '2026-12-01', due_to: '2026-12-01' }, late)).toBe(true);
  expect(judged({ due_from: '2026-12-02' }, late)).toBe(false);
  expect(judged({ due_to: '2026-12-31' }, row({ due_date: null }))).toBe(false);
});

test('given no due date as a condition when tasks are judged then only those without one match', () => {
  expect(judged({ due: 'none' }, row({ due_date: null }))).toBe(true);
  expect(judged({ due: 'none' }, row({ due_date: '2026-12-01' }))).toBe(false);
});

test('given words or a saved filter when a task is judged then only what rules it out is known', () => {
  expect(judged({ q: 'milk' })).toBeNull();
  expect(judged({ filter: 'Home' })).toBeNull();
  expect(judged({ q: 'milk', status: ['completed'] })).toBe(false);
});

test('given overdue when tasks are judged then only open ones whose time has passed match', () => {
  const due = { due_at: '2026-11-25T10:00:00', time_zone: 'UTC', due_utc: '2026-11-25T10:00:00Z' };
  expect(judged({ overdue: true }, row(due))).toBe(true);
  expect(judged({ overdue: true }, row({ ...due, status: 'completed' }))).toBe(false);
  expect(judged({ overdue: true }, row({ ...due, due_utc: '2026-11-25T14:00:00Z' }))).toBe(false);
});
