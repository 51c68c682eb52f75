import { expect, test, type BrowserContext, type Page } from '@playwright/test';

import { makeTask } from './panelSupport';

declare global {
  interface Window {
    /** What the browser was told to show. */
    told: string[];
  }
}

/**
 * Keeps what windows have the browser show, instead of showing it; whether they may is the browser's word. A browser that is driven says that
 * each of its windows has the focus.
 */
async function listen(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const real = Notification;
    window.told = [];
    class Kept extends EventTarget {
      static get permission() {
        return real.permission;
      }

      constructor(title: string, { body }: NotificationOptions = {}) {
        super();
        window.told.push(`${title}: ${body ?? ''}`);
      }

      close() {
        // There is nothing to be seen.
      }
    }
    Object.assign(window, { Notification: Kept });
    document.hasFocus = () => false;
  });
}

const toldBy = async (pages: Page[]): Promise<string[]> =>
  (await Promise.all(pages.map((page) => page.evaluate(() => window.told)))).flat();

async function openWindow(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto('/all');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  return page;
}

test('given two windows that nobody looks at when a reminder rings then both show it, and the browser tells of it once', async ({
  context,
  request,
}) => {
  await context.grantPermissions(['notifications']);
  await listen(context);
  const task = await makeTask(request);
  const pages = [await openWindow(context), await openWindow(context)];
  const remind_at = new Date(Date.now() + 2_000).toISOString().slice(0, 19);
  const reminder = { data: { remind_at, time_zone: 'UTC' } };
  expect((await request.post(`/tasks/${task.id}/reminders`, reminder)).status()).toBe(201);
  for (const page of pages) {
    const card = page.getByRole('region', { name: 'Reminders' }).getByRole('article');
    await expect(card.filter({ hasText: task.title })).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole('button', { name: 'Tell me outside of this page too' })).toHaveCount(0);
  }
  const ours = async () => (await toldBy(pages)).filter((words) => words.startsWith(task.title));
  await expect.poll(ours).toEqual([`${task.title}: Reminder`]);
  // Time enough for the other window to tell of it too.
  await pages[0]?.waitForTimeout(1_000);
  expect(await ours()).toEqual([`${task.title}: Reminder`]);
});
