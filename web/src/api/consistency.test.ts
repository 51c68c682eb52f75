import { expect, test } from 'vitest';

import { mergeTokens } from './consistency';

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
