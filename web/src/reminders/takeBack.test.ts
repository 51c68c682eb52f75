import { beforeEach, expect, test, vi } from 'vitest';

import { storage } from '../tasks/testing';
import type { ReminderIntent } from './intent';
import { isBack, noteAnew, takingBack } from './takeBack';

beforeEach(() => {
  vi.stubGlobal('localStorage', storage());
});

const NOW = new Date('2026-12-01T08:00:00.500Z');
const snooze = (was: string | null): ReminderIntent => ({
  ...{ kind: 'snooze', id: 'r1', taskId: 't1' },
  ...{ until: { for: 'P1D' }, was },
});
const untilOf = (was: string | null) => {
  const back = takingBack({ intent: snooze(was), id: 'r1' }, NOW);
  return back.kind === 'snooze' ? back.until : null;
};

test('given a reminder that was put off when that is taken back then it rings when it would have', () => {
  const until = { until: '2026-12-01T09:30:00', time_zone: 'UTC' };
  expect(untilOf('2026-12-01T09:30:00Z')).toEqual(until);
  expect(untilOf('2026-12-01T09:30:00.750Z')).toEqual(until);
});

test('given a reminder that had rung, or would have by now, when its snooze is taken back then it rings at once', () => {
  // The server's clock may be ahead of this device's.
  for (const was of [null, '2026-12-01T07:00:00Z', '2026-12-01T08:00:01Z', '2026-12-01T08:01:00Z'])
    expect(untilOf(was)).toEqual({ for: 'PT1S' });
});

test('given a reminder that was deleted and made anew when what was done to it before is taken back then the new one is meant', () => {
  const time = { before_due: 'PT1H' };
  const deleted: ReminderIntent = { kind: 'delete', id: 'a', taskId: 't1', was: time };
  const back = takingBack({ intent: deleted, id: 'a' }, NOW);
  expect(back).toEqual({ kind: 'add', taskId: 't1', time, replaces: 'a', takesBack: true });
  expect(isBack({ intent: deleted, id: 'a' })).toBe(false);
  noteAnew('a', 'b');
  expect(isBack({ intent: deleted, id: 'a' })).toBe(true);
  noteAnew('b', 'c');
  const added: ReminderIntent = { kind: 'add', taskId: 't1', time };
  expect(takingBack({ intent: added, id: 'a' }, NOW)).toMatchObject({ kind: 'delete', id: 'c' });
});
