import { expect, test } from 'vitest';

import { readRule, writeRule } from './recurrence';

test.each([
  'FREQ=DAILY',
  'FREQ=DAILY;INTERVAL=3',
  'FREQ=WEEKLY;BYDAY=MO,WE',
  'FREQ=WEEKLY;INTERVAL=2',
  'FREQ=MONTHLY;BYMONTHDAY=-1',
  'FREQ=YEARLY',
])('given the rule %s when it is read and written then it is the same', (rule) => {
  const read = readRule(rule);
  expect(read && writeRule(read)).toBe(rule);
});

test.each([
  'FREQ=MONTHLY;BYDAY=2MO',
  'FREQ=MONTHLY;BYMONTHDAY=15',
  'FREQ=DAILY;COUNT=3',
  'FREQ=WEEKLY;UNTIL=20261231',
  'FREQ=HOURLY',
  'FREQ=DAILY;INTERVAL=0',
  'every day',
  '',
])('given the rule %s when it is read then the fields cannot say it', (rule) => {
  expect(readRule(rule)).toBeNull();
});
