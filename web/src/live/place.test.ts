import { expect, test } from 'vitest';

import { pauseMs } from './backoff';
import { placeOf } from './place';

test('given what two answers show when the stream begins then it does where each of them ended', () => {
  expect(placeOf('task-events/0@7,task-events/1@3,reminders/0@9', 'task-events/0@8,reminders/0@4')).toBe(
    'task-events/0@7,task-events/1@3,reminders/0@4',
  );
  expect(placeOf('task-events/0@7', '')).toBe('task-events/0@7');
});

test('given failures one after the other when it is tried again then the pauses grow to a limit, and are spread', () => {
  expect([0, 1, 2, 20].map((failures) => pauseMs(failures, 1))).toEqual([250, 500, 1000, 15_000]);
  expect(pauseMs(2, 0)).toBe(500);
});
