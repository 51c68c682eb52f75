import { expect, test } from 'vitest';

import { instantOf } from './zone';

test.each([
  ['2026-12-01T09:00:00', 'Europe/Berlin', '2026-12-01T08:00:00.000Z'],
  ['2026-07-01T09:00:00', 'Europe/Berlin', '2026-07-01T07:00:00.000Z'],
  ['2026-03-29T03:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['2026-12-01T00:15:00', 'Asia/Kolkata', '2026-11-30T18:45:00.000Z'],
  ['2026-12-01T09:00:00', 'America/Los_Angeles', '2026-12-01T17:00:00.000Z'],
])('given %s in %s when its instant is asked for then it is %s', (wall, zone, utc) => {
  expect(instantOf(wall, zone).toISOString()).toBe(utc);
});
