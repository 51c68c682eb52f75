import { beforeEach, expect, test, vi } from 'vitest';

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
});

test('given toasts that were told before there was a place when it comes then those that still hold are shown, in their order and once', async () => {
  toasts.notify({ title: 'one' });
  await toasts.firstToast;
  const takeAway = toasts.notify({ title: 'two' });
  const takeAwayLater = toasts.notify({ title: 'three' });
  toasts.notify({ title: 'four' });
  takeAway();
  toasts.showToastsBy(show);
  toasts.notify({ title: 'five' });
  expect(shown).toEqual(['one', 'three', 'four', 'five']);
  takeAwayLater();
  expect(shown).toEqual(['one', 'four', 'five']);
});

test('given a place that has gone when a toast is told then it waits for the next one', () => {
  const stop = toasts.showToastsBy(show);
  stop();
  toasts.notify({ title: 'one' });
  expect(shown).toEqual([]);
  toasts.showToastsBy(show);
  expect(shown).toEqual(['one']);
});
