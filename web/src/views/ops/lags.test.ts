import { expect, test } from 'vitest';

import type { Projection } from '../../api/types';
import { WINDOW_MS, withSamples } from './lags';

const projection = (name: string, lag: number | null, lag_seconds: number | null): Projection => ({
  name,
  position: '',
  lag,
  lag_seconds,
  partitions: [],
});

test('given what was seen before when more is seen then it comes after it, and what is too old goes', () => {
  const first = withSamples({}, 1_000, [projection('tasks', 0, 0), projection('search', 7, 1.5)]);
  const second = withSamples(first, 1_000 + WINDOW_MS - 1, [projection('tasks', null, null)]);
  expect(second).toEqual({
    tasks: [
      { at: 1_000, events: 0, seconds: 0 },
      { at: 1_000 + WINDOW_MS - 1, events: null, seconds: null },
    ],
  });
  const third = withSamples(second, 1_000 + WINDOW_MS, [projection('tasks', 3, 2)]);
  expect(third.tasks?.map(({ at }) => at)).toEqual([1_000 + WINDOW_MS - 1, 1_000 + WINDOW_MS]);
});
