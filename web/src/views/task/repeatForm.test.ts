import { expect, test } from 'vitest';

import { patternOf, repeatFormOf } from './repeatForm';

const FOLLOWED = {
  from: 'completion',
  generate: 'when_due',
  missed: 'keep',
  time_zone: 'Australia/Sydney',
} as const;

test.each([
  null,
  { rrule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR', ...FOLLOWED },
  { rrule: 'FREQ=MONTHLY;BYDAY=2MO;COUNT=5', ...FOLLOWED },
])('given the pattern $rrule when its form is saved as it is then it is the same', (pattern) => {
  expect(patternOf(repeatFormOf(pattern))).toEqual(pattern);
});

test('given a pattern that names no zone for whole days when it is saved then it names none, and a new one that of whoever makes it', () => {
  const pattern = {
    rrule: 'FREQ=DAILY',
    from: 'due',
    generate: 'when_completed',
    missed: 'collapse',
  } as const;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  expect(patternOf(repeatFormOf(pattern))).toEqual(pattern);
  expect(patternOf({ ...repeatFormOf(null), kind: 'DAILY' })).toEqual({ ...pattern, time_zone: zone });
});

test('given a form when another kind is chosen then the rule is of that kind', () => {
  const form = repeatFormOf(null);
  expect(patternOf({ ...form, kind: 'MONTHLY', lastDay: true })?.rrule).toBe('FREQ=MONTHLY;BYMONTHDAY=-1');
  expect(patternOf({ ...form, kind: 'own', rule: ' RRULE:FREQ=HOURLY ' })?.rrule).toBe('FREQ=HOURLY');
  expect(patternOf({ ...form, kind: 'never' })).toBeNull();
});
