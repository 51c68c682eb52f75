import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type * as WhenIdle from './whenIdle';

/** A page that has just begun, in a browser that does not tell of its idle time. */
let page: typeof WhenIdle;

beforeEach(async () => {
  vi.resetModules();
  vi.useFakeTimers();
  page = await import('./whenIdle');
});
afterEach(() => vi.useRealTimers());

test('given a page that shows its list when a moment has passed then it has rested, and stays so', async () => {
  const idle = page.idle();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(page.hasRested()).toBe(false);
  page.pageIsShown();
  await vi.advanceTimersByTimeAsync(0);
  expect(page.hasRested()).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  await idle;
  expect(page.hasRested()).toBe(true);
  void page.idle();
  expect(page.hasRested()).toBe(true);
});

test('given a page that does not come to show anything when it has waited for that then it rests all the same', async () => {
  void page.idle();
  await vi.advanceTimersByTimeAsync(1_999);
  expect(page.hasRested()).toBe(false);
  await vi.advanceTimersByTimeAsync(201);
  expect(page.hasRested()).toBe(true);
});
