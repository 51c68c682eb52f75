import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { outcomeOf, readEvent, type LogEvent } from './events';

const FOLDER = path.resolve(import.meta.dirname, '../../../schemas/events');

/** An event as the contract has it. */
function sampleOf(type: string): LogEvent {
  const data = readFileSync(path.join(FOLDER, `tasklog.${type}.v1.sample.json`), 'utf8');
  const event = readEvent({ id: '', name: type, data });
  if (event === null) throw new Error(`${type} is not read`);
  return event;
}

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
