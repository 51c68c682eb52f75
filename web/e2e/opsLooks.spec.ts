import { expect } from '@playwright/test';

import { cardOf, hearEvents, makeTask, openOps, partOf, test, withLetter, withRebuild } from './opsSupport';
import { axe } from './tasks';

test('given a call that fails then its part says so and goes on when it can, and the others do not mind', async ({
  page,
}) => {
  const problem = {
    type: 'https://tasklog.dev/problems/unavailable',
    title: 'Unavailable',
    status: 503,
    detail: 'postgres cannot be reached',
  };
  // It fails until somebody asks again. It is read again by itself too, which would take the button away before it is pressed.
  await page.addInitScript(() => {
    addEventListener('click', () => (document.documentElement.dataset.asked = 'yes'), { capture: true });
  });
  await page.route('**/timers', async (route) => {
    const isAsked = await page.evaluate(() => document.documentElement.dataset.asked === 'yes');
    if (isAsked) await route.continue();
    else await route.fulfill({ status: 503, contentType: 'application/problem+json', json: problem });
  });
  await openOps(page);
  const part = partOf(page, 'Timers');
  await expect(part.getByText('postgres cannot be reached')).toBeVisible();
  await expect(cardOf(page, 'tasks')).toBeVisible();
  await part.getByRole('button', { name: 'Try again' }).click();
  await expect(part.getByRole('rowheader', { name: 'Reminders' })).toBeVisible();
  await expect(part.getByText('postgres cannot be reached')).toBeHidden();
});

test('given a window that nobody sees then nothing is read again until somebody does', async ({ page }) => {
  const shown = (state: string) =>
    page.evaluate((visibility) => {
      Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, state);
  await openOps(page);
  await expect(cardOf(page, 'tasks')).toBeVisible();
  let reads = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/projections')) reads += 1;
  });
  await expect.poll(() => reads, { timeout: 10_000 }).toBeGreaterThan(0);
  await shown('hidden');
  await page.waitForTimeout(1_000);
  reads = 0;
  await page.waitForTimeout(7_000);
  expect(reads).toBe(0);
  await shown('visible');
  await expect.poll(() => reads, { timeout: 2_000 }).toBeGreaterThan(0);
});

for (const scheme of ['light', 'dark'] as const)
  for (const [name, width, height] of [
    ['desk', 1280, 1400],
    ['phone', 390, 844],
  ] as const)
    test(`given the ${scheme} theme on a ${name} then axe finds nothing and nothing is wider than the page`, async ({
      page,
    }, info) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await withLetter(page);
      await withRebuild(page, 'tasks');
      await openOps(page);
      await hearEvents(page);
      await makeTask(page, 'Seen');
      await partOf(page, 'Dead letters').locator('summary').click();
      await partOf(page, 'Events').locator('summary').first().click();
      await cardOf(page, 'tasks').locator('summary').click();
      await page.screenshot({ path: info.outputPath(`${scheme}-${name}.png`) });
      expect(await axe(page)).toEqual([]);
      // The page scrolls in an element of its own, which would hide what is too wide.
      const tooWide = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('main, main > *')]
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
          .map(({ tagName, className }) => `${tagName} ${className}`),
      );
      expect(tooWide).toEqual([]);
      await page.getByRole('button', { name: /^Drop/ }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await axe(page)).toEqual([]);
    });
