import { expect, test } from 'vitest';

import { chosenPatch, contested } from './conflicts';
import { fieldsOf, partOf, patched, restoringPatch } from './fields';
import type { Task, TaskPatch } from '../api/types';
import { task } from './testing';

const WEEKLY = { rrule: 'FREQ=WEEKLY', from: 'due', generate: 'when_completed', missed: 'collapse' } as const;

test('given a patch when it is read then a time and its zone are one field', () => {
  const patch = { due_at: '2026-12-01T09:00:00', time_zone: 'Europe/Berlin', title: 'Pay' };
  expect(fieldsOf(patch)).toEqual(['title', 'due']);
  expect(partOf(patch, ['due'])).toEqual({ due_at: '2026-12-01T09:00:00', time_zone: 'Europe/Berlin' });
});

test('given a patch when a task is shown with it then null clears and a pattern is merged', () => {
  const before = task({ description: 'x', recurrence_pattern: WEEKLY });
  expect(patched(before, { description: null }).description).toBe('');
  expect(patched(before, { title: 'Pay' }).description).toBe('x');
  expect(patched(before, { recurrence_pattern: { from: 'completion' } }).recurrence_pattern).toEqual({
    ...WEEKLY,
    from: 'completion',
  });
  expect(patched(before, { recurrence_pattern: null }).recurrence_pattern).toBeNull();
});

test('given an earlier state when a task is to be as it was then the patch has what differs, whole', () => {
  const then = task({ title: 'Pay', due_date: '2026-12-01', rank: 'a0' });
  const now = task({
    title: 'Pay all',
    due_at: '2026-12-02T09:00:00',
    time_zone: 'Europe/Berlin',
    rank: 'a1',
  });
  expect(restoringPatch(then, now)).toEqual({
    title: 'Pay',
    due_date: '2026-12-01',
    due_at: null,
    time_zone: null,
  });
  expect(restoringPatch(now, now)).toEqual({});
});

test('given a pattern that named no zone when it is restored over one that does then the zone is taken away', () => {
  const then = task({ recurrence_pattern: WEEKLY });
  const now = task({ recurrence_pattern: { ...WEEKLY, time_zone: 'Asia/Tokyo' } });
  expect(restoringPatch(then, now)).toEqual({ recurrence_pattern: { ...WEEKLY, time_zone: null } });
  expect(restoringPatch(now, then)).toEqual({ recurrence_pattern: now.recurrence_pattern });
  expect(restoringPatch(then, task({}))).toEqual({ recurrence_pattern: WEEKLY });
});

test('given two edits when they meet then only what both changed to other values is contested', () => {
  const base = task({ title: 'Pay', priority: 'none' });
  const patch = { title: 'Pay rent', priority: 'high' } as const;
  const meets = (theirs: Task) => contested(patch, base, theirs, [{ before: base, after: theirs }]);
  expect(meets(task({ title: 'Pay', due_date: '2026-12-01' }))).toEqual([]);
  expect(meets(task({ title: 'Pay rent' }))).toEqual([]);
  expect(meets(task({ title: 'Pay all' }))).toEqual(['title']);
});

test('given an edit on top of one of this device when somebody was in between then only theirs is contested', () => {
  const base = task({ title: 'Pay' });
  const before = task({ title: 'Pay rent', version: 2 });
  const theirs = task({ title: 'Pay rent', priority: 'high', version: 3 });
  const meets = (patch: TaskPatch) => contested(patch, base, theirs, [{ before, after: theirs }]);
  expect(meets({ title: 'Pay all' })).toEqual([]);
  expect(meets({ title: 'Pay all', priority: 'low' })).toEqual(['priority']);
});

test('given a conflict when the person has chosen then the patch has mine, and what nobody else changed', () => {
  const conflict = {
    patch: { title: 'Pay rent', priority: 'high', due_date: null } as const,
    occurrences: undefined,
    base: task({}),
    theirs: task({}),
    fields: ['title' as const, 'due' as const],
  };
  expect(chosenPatch(conflict, new Set(['due']))).toEqual({ priority: 'high', due_date: null });
  expect(chosenPatch(conflict, new Set())).toEqual({ priority: 'high' });
});
