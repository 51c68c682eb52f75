import { expect, test } from 'vitest';

import { leftAfter } from './left';

test('given a line that was added when nothing was typed meanwhile then it begins anew', () => {
  expect(leftAfter('Buy milk', 'Buy milk', '')).toBe('');
  expect(leftAfter('Buy milk #home', 'Buy milk #home', ' #home')).toBe(' #home');
});

test('given a line that is on its way when the next one is typed behind it, or in its place, then that stays', () => {
  expect(leftAfter('Buy milk', 'Buy milk Call Bob', '')).toBe('Call Bob');
  expect(leftAfter('Buy milk', 'Call Bob', '')).toBe('Call Bob');
});
