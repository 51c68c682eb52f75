import { expect, test } from 'vitest';

import { staleness } from './staleness';

test('given an answer that was stale before anybody listened when somebody does then it is told, once', () => {
  let told = 0;
  staleness.note();
  const end = staleness.subscribe(() => (told += 1));
  expect(told).toBe(1);
  staleness.note();
  expect(told).toBe(2);
  end();
  staleness.subscribe(() => (told += 1))();
  expect(told).toBe(2);
});
