import { expect, test, type Page } from '@playwright/test';

import { times } from './figures';
import { bringClock, cursorOf, since, timesOf } from './probe';

const CHANGES = 100;
/** Changes that are not counted. */
const WARM_UP = 10;
/** Between two changes: what the last one brought along is over. */
const PAUSE_MS = 300;

const SHOWN = { p95: 50 };
const CONFIRMED = { p95: 150 };

test.beforeEach(({ context }) => bringClock(context));

/** Makes changes, one after the other; the times from the press of a key until each condition was painted. */
async function measure(
  page: Page,
  change: (page: Page) => Promise<void>,
  names: readonly string[],
): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let count = 0; count < WARM_UP + CHANGES; count += 1) {
    await change(page);
    const seen = await timesOf(page);
    for (const name of names) if (count >= WARM_UP) found[name]?.push(since(seen, name));
    await page.waitForTimeout(PAUSE_MS);
  }
  return found;
}

/** A toast with a way back is there once the server has made the change an event. */
test('change: a task is completed by a key', async ({ page }) => {
  await page.goto('/all');
  await page.locator('[data-task]').first().waitFor();
  await page.keyboard.press('j');
  const complete = async () => {
    const { id } = await cursorOf(page);
    await page.evaluate((task) => {
      window.probe.watch({
        shown: () => document.querySelector(`[data-task="${task}"]`) === null,
        confirmed: (added) => added.some(({ textContent }) => textContent.includes('Completed')),
      });
    }, id);
    await page.keyboard.press('e');
  };
  const found = await measure(page, complete, ['shown', 'confirmed']);
  times('change.complete.shown', found.shown ?? [], SHOWN);
  times('change.complete.confirmed', found.confirmed ?? [], CONFIRMED);
});

test('change: a priority is chosen', async ({ page }) => {
  await page.goto('/all');
  await page.locator('[data-task]').first().waitFor();
  const choose = async () => {
    await page.keyboard.press('j');
    const { id, priority } = await cursorOf(page);
    const wanted = priority === 'low' ? 'high' : 'low';
    await page.keyboard.press('p');
    await expect(page.getByRole('combobox')).toBeFocused();
    await page.keyboard.type(wanted);
    await expect(page.getByRole('option')).toHaveCount(1);
    await page.evaluate(
      ([task, chosen]) => {
        const box = `[data-task="${task}"] [data-priority="${chosen}"]`;
        window.probe.watch({
          shown: () => document.querySelector(box) !== null,
          confirmed: (added) => added.some(({ textContent }) => textContent.includes('Changed')),
        });
      },
      [id, wanted] as const,
    );
    await page.keyboard.press('Enter');
  };
  const found = await measure(page, choose, ['shown', 'confirmed']);
  times('change.priority.shown', found.shown ?? [], SHOWN);
  times('change.priority.confirmed', found.confirmed ?? [], CONFIRMED);
});

/** What is added has no place in a list before the server has read its words: it is shown when it is confirmed. */
test('change: a task is added', async ({ page }) => {
  await page.goto('/all?sort=-created_at');
  await page.locator('[data-task]').first().waitFor();
  const add = async () => {
    const title = `Measure ${crypto.randomUUID()}`;
    await page.keyboard.press('q');
    const field = page.getByRole('textbox', { name: 'What is to be done' });
    await expect(field).toBeFocused();
    await page.keyboard.type(title);
    await page.evaluate((words) => {
      const lines = () => [...document.querySelectorAll('[data-task]')];
      window.probe.watch({
        confirmed: () => lines().some(({ textContent }) => textContent.includes(words)),
      });
    }, title);
    await page.keyboard.press('Enter');
    await expect(field).toBeHidden();
  };
  const found = await measure(page, add, ['confirmed']);
  times('change.add.confirmed', found.confirmed ?? [], CONFIRMED);
});
