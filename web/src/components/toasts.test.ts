import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type * as Toasts from './toasts';

let toasts: typeof Toasts;
let shown: string[];

/** Shows toasts in `shown`. */
const show: Toasts.Show = ({ title }) => {
  shown.push(title);
  return () => (shown = shown.filter((other) => other !== title));
};

beforeEach(async () => {
  vi.resetModules();
  toasts = await import('./toasts');
  shown = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('given toasts that were told before there was a place when it comes then those that still hold are shown, in their order and once', async () => {
  toasts.notify({ title: 'one' });
  await toasts.firstToast;
  const takeAway = toasts.notify({ title: 'two' });
  const takeAwayLater = toasts.notify({ title: 'three' });
  toasts.notify({ title: 'four' });
  takeAway();
  toasts.showToastsBy(show);
  vi.runAllTimers();
  toasts.notify({ title: 'five' });
  expect(shown).toEqual(['one', 'three', 'four', 'five']);
  takeAwayLater();
  expect(shown).toEqual(['one', 'four', 'five']);
});

test('given a place that has gone when a toast is told then it waits for the next one', () => {
  const stop = toasts.showToastsBy(show);
  vi.runAllTimers();
  stop();
  toasts.notify({ title: 'one' });
  expect(shown).toEqual([]);
  toasts.showToastsBy(show);
  vi.runAllTimers();
  expect(shown).toEqual(['one']);
});

test('given toasts that wait when their place comes then it is empty for a moment: they are read out in one that is known', () => {
  toasts.notify({ title: 'one' });
  toasts.showToastsBy(show);
  toasts.notify({ title: 'two' });
  expect(shown).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(shown).toEqual(['one', 'two']);
});

test('given a place that goes as soon as it has come when a toast waits then it waits for the next one', () => {
  toasts.notify({ title: 'one' });
  toasts.showToastsBy(show)();
  vi.runAllTimers();
  expect(shown).toEqual([]);
});
