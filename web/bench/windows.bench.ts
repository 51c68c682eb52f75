import { expect, test, type BrowserContext, type Page } from '@playwright/test';

import { times } from './figures';
import { bringClock, cursorOf, PRESSED, SERVER, timesOf } from './probe';

const CHANGES = 60;
const WARM_UP = 5;
const PAUSE_MS = 300;

/** Opens a window; a further one stands beside the first, since a tab behind another one is painted once a second. */
async function open(context: BrowserContext): Promise<Page> {
  const [first] = context.pages();
  const page = first ? await beside(first) : await context.newPage();
  await page.goto('/all');
  await page.locator('[data-task]').first().waitFor();
  // It follows the stream.
  await page.waitForTimeout(2_000);
  return page;
}

async function beside(first: Page): Promise<Page> {
  const [page] = await Promise.all([
    first.context().waitForEvent('page'),
    first.evaluate(() => void window.open('about:blank', '_blank', 'noopener,popup,width=1280,height=800')),
  ]);
  return page;
}

/** The clocks of two pages, brought together: each counts from its own beginning, whose time it knows. */
async function wallTimes(page: Page): Promise<Record<string, number>> {
  const [times, origin] = [await timesOf(page), await page.evaluate(() => performance.timeOrigin)];
  return Object.fromEntries(Object.entries(times).map(([name, at]) => [name, origin + at]));
}

/** Completes tasks in one window by a key, until each is gone in the other. */
async function measure(one: Page, other: Page): Promise<number[]> {
  const waits: number[] = [];
  await one.keyboard.press('j');
  for (let count = 0; count < WARM_UP + CHANGES; count += 1) {
    const { id } = await cursorOf(one);
    for (const [page, from] of [
      [one, 'key'],
      [other, 'now'],
    ] as const) {
      await page.evaluate(
        ([task, begin]) => {
          const gone = () => document.querySelector(`[data-task="${task}"]`) === null;
          window.probe.watch({ gone }, begin);
        },
        [id, from] as const,
      );
    }
    await one.keyboard.press('e');
    const [pressed, shown] = [(await wallTimes(one))[PRESSED], (await wallTimes(other)).gone];
    if (count >= WARM_UP) waits.push((shown ?? NaN) - (pressed ?? NaN));
    await one.waitForTimeout(PAUSE_MS);
  }
  expect(waits.every(Number.isFinite)).toBe(true);
  return waits;
}

test('windows: two of one browser', async ({ context }) => {
  await bringClock(context);
  const [one, other] = [await open(context), await open(context)];
  times('windows.of-one-browser', await measure(one, other), { p95: 200 });
});

test('windows: of two browsers', async ({ browser }) => {
  const contexts = [
    await browser.newContext({ baseURL: SERVER }),
    await browser.newContext({ baseURL: SERVER }),
  ];
  const pages: Page[] = [];
  for (const context of contexts) {
    await bringClock(context);
    pages.push(await open(context));
  }
  const [one, other] = pages;
  if (one && other) times('windows.of-two-browsers', await measure(one, other), { p95: 200 });
  for (const context of contexts) await context.close();
});
