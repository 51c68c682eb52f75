import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { outcomeOf, readEvent, type LogEvent } from './events';

const FOLDER = path.resolve(import.meta.dirname, '../../../schemas/events');
const fileOf = (type: string, kind: 'sample' | 'schema') =>
  readFileSync(path.join(FOLDER, `tasklog.${type}.v1.${kind}.json`), 'utf8');

interface Schema {
  properties: Record<string, unknown>;
  $defs?: Record<string, Schema>;
}

const schemaOf = (type: string) => JSON.parse(fileOf(type, 'schema')) as Schema;

/** An event as the contract has it. */
function sampleOf(type: string): LogEvent {
  const event = readEvent({ id: '', name: type, data: fileOf(type, 'sample') });
  if (event === null) throw new Error(`${type} is not read`);
  return event;
}

/** What the page reads of each event. */
const READ = {
  'task.created': ['id', 'title', 'status', 'priority', 'tags', 'due', 'parent_id', 'rank', 'series_id'],
  'task.updated': ['changes', 'updated_at'],
  'task.completed': ['changes', 'completed_at', 'updated_at'],
  'task.reopened': ['changes', 'status', 'reopened_at'],
  'reminder.triggered': ['told_by', 'tells_of'],
};
const CHANGES = ['title', 'description', 'status', 'priority', 'tags', 'due', 'parent_id', 'rank'];

test('given the schemas of events when the page reads members of them then they are there', () => {
  for (const [type, members] of Object.entries(READ)) {
    const known = Object.keys(schemaOf(type).properties);
    expect([type, members.filter((member) => !known.includes(member))]).toEqual([type, []]);
  }
  const changes = Object.keys(schemaOf('task.updated').$defs?.TaskChanges?.properties ?? {});
  expect(CHANGES.filter((member) => !changes.includes(member))).toEqual([]);
});

test('given the samples of the schemas when they are applied then each says what became of the task', () => {
  const events = ['task.updated', 'task.completed', 'task.reopened'].map(sampleOf);
  expect(outcomeOf(events, 1)).toEqual({
    kind: 'changed',
    fields: {
      ...{ title: 'Water all plants', recurrence_pattern: null, priority: 'high', status: 'in_progress' },
      ...{ due_date: null, due_at: null, time_zone: null, due_utc: null },
      ...{ completed_at: null, updated_at: '2026-11-30T08:11:00Z', version: 4 },
    },
  });
  expect(outcomeOf([sampleOf('task.deleted')], undefined)).toEqual({ kind: 'gone' });
});
