import { expect, test } from 'vitest';

import { consistency, leastToken, mergeTokens } from './consistency';

test('given tokens of the same partition when they are merged then the greater offset stays', () => {
  expect(mergeTokens('task-events/5@1042', 'task-events/5@7')).toBe('task-events/5@1042');
  expect(mergeTokens('task-events/5@7', 'task-events/5@1042')).toBe('task-events/5@1042');
});

test('given tokens of several topics when they are merged then each partition is in it once', () => {
  expect(mergeTokens('task-events/5@1042,reminders/2@17', 'reminders/2@18,task-events/0@0')).toBe(
    'task-events/5@1042,reminders/2@18,task-events/0@0',
  );
});

test('given nothing, or what is no token, when it is merged then the other one stays', () => {
  expect(mergeTokens('', 'task-events/0@3')).toBe('task-events/0@3');
  expect(mergeTokens('task-events/0@3', 'garbage,task-events/x@1,@5')).toBe('task-events/0@3');
});

test('given two answers when it is asked what both show then of each partition the lower offset', () => {
  expect(leastToken('task-events/0@6,task-events/1@5', 'task-events/0@7,task-events/1@3')).toBe(
    'task-events/0@6,task-events/1@3',
  );
});

test('given a partition that one of two answers alone names when it is asked what both show then nothing of it', () => {
  expect(leastToken('task-events/0@7', 'task-events/0@9,task-events/1@3')).toBe('task-events/0@7');
  expect(leastToken('task-events/0@7,task-events/1@3', 'task-events/0@9')).toBe('task-events/0@7');
  expect(leastToken('task-events/0@7', 'task-events/1@3')).toBe('');
  expect(leastToken('task-events/0@7', '')).toBe('');
  expect(leastToken('', 'task-events/0@7')).toBe('');
});

test('given answers about tasks when an older one comes after a newer one then what is shown is as old as that', async () => {
  expect(consistency.shown()).toBe('');
  consistency.noteShown('task-events/0@7');
  await consistency.firstShown;
  consistency.noteShown('task-events/0@4');
  consistency.noteShown('task-events/0@9');
  expect(consistency.shown()).toBe('task-events/0@4');
});
