import { expect, test, type Locator, type Page } from '@playwright/test';

import { axe, lineOf, linkOf, LOOKS, makeTasks, newWord, press, TITLES } from './tasks';

/** Says whether a press on a line is followed; it is given up at once. */
const canBeDragged = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const fire = (type: string, clientX: number) => {
      const press = { bubbles: true, pointerId: 99, pointerType: 'mouse', buttons: 1, clientX };
      document.querySelector('[data-task]')?.dispatchEvent(new PointerEvent(type, press));
    };
    fire('pointerdown', 0);
    fire('pointermove', 50);
    const isDragged = document.documentElement.hasAttribute('data-dragging');
    fire('pointercancel', 50);
    return isDragged;
  });

/** Lines can be dragged once what follows them is loaded. */
async function open(page: Page, tag: string): Promise<void> {
  await page.goto(`/tag/${tag}`);
  await linkOf(page, 'Ask Ann').waitFor();
  await expect.poll(() => canBeDragged(page)).toBe(true);
}

async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('it is not to be seen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Takes up a line with the mouse, and leaves it in the air. */
async function takeUp(page: Page, title: string): Promise<void> {
  const { x, y } = await middleOf(linkOf(page, title));
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 4, y + 12, { steps: 3 });
}

async function moveTo(page: Page, target: Locator): Promise<void> {
  const { x, y } = await middleOf(target);
  await page.mouse.move(x, y, { steps: 5 });
}

const bar = (page: Page, words: string): Locator =>
  page.locator('ul > li[data-group]').filter({ hasText: words });

/** The titles of the tasks below the heading of a day, as the list has them. */
const groupOf = (page: Page, title: string) =>
  page.locator('[role="listitem"]', { has: lineOf(page, title) }).getAttribute('data-group');

test('given a task when it is dragged to another day then it is due there, and it is taken back', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, TITLES);
  await open(page, tag);
  await takeUp(page, 'Ask Ann');
  await expect(bar(page, 'Tomorrow')).toBeVisible();
  expect(await axe(page)).toEqual([]);
  await moveTo(page, lineOf(page, 'Call Carl'));
  await page.mouse.up();
  await expect.poll(() => groupOf(page, 'Ask Ann')).toBe('2031-01-03');
  // It was dragged, not opened.
  await expect(page.getByRole('complementary', { name: 'Task' })).toBeHidden();
  await expect(bar(page, 'Tomorrow')).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect.poll(() => groupOf(page, 'Ask Ann')).toBe('2031-01-01');

  // To a day that the list does not have, and to none.
  await takeUp(page, 'Buy bread');
  await moveTo(page, bar(page, 'Tomorrow'));
  await page.mouse.up();
  await expect(page.getByRole('heading', { name: /Tomorrow/ })).toBeVisible();
  await takeUp(page, 'Buy bread');
  await moveTo(page, bar(page, 'No due date'));
  await page.mouse.up();
  await expect.poll(() => groupOf(page, 'Buy bread')).toBe('none');
});

test('given selected tasks when one of them is dragged then all go, and come back as one', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, TITLES);
  await open(page, tag);
  await linkOf(page, 'Ask Ann').click({ modifiers: ['Control'] });
  await linkOf(page, 'Buy bread').click({ modifiers: ['Control'] });
  await takeUp(page, 'Buy bread');
  await moveTo(page, lineOf(page, 'Dust desk'));
  await page.mouse.up();
  await expect.poll(() => groupOf(page, 'Ask Ann')).toBe('2031-01-04');
  await expect.poll(() => groupOf(page, 'Buy bread')).toBe('2031-01-04');
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect.poll(() => groupOf(page, 'Ask Ann')).toBe('2031-01-01');
  await expect.poll(() => groupOf(page, 'Buy bread')).toBe('2031-01-02');
});

test('given a drag when Escape is pressed then nothing has happened', async ({ page, request }) => {
  const tag = newWord();
  await makeTasks(request, tag, TITLES);
  await open(page, tag);
  await takeUp(page, 'Ask Ann');
  await moveTo(page, lineOf(page, 'Call Carl'));
  await moveTo(page, linkOf(page, 'Ask Ann'));
  await press(page, 'Escape');
  await expect(bar(page, 'Tomorrow')).toBeHidden();
  // Let go on the line that it came from, it opens nothing either.
  await page.mouse.up();
  await page.waitForTimeout(500);
  await expect(page.getByRole('complementary', { name: 'Task' })).toBeHidden();
  expect(await groupOf(page, 'Ask Ann')).toBe('2031-01-01');
});

for (const { scheme, name, viewport } of LOOKS)
  test(`given the ${scheme} theme on ${name} when a task is in the air then axe finds nothing, and every day can be dropped on`, async ({
    page,
    request,
  }, info) => {
    const tag = newWord();
    await makeTasks(request, tag, TITLES);
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await open(page, tag);
    // What was done before is told at the same place.
    await page.getByRole('checkbox', { name: 'Complete “Dust desk”' }).click();
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
    await takeUp(page, 'Ask Ann');
    const days = page.locator('ul > li[data-group]');
    await expect(days.last()).toContainText('No due date');
    for (const day of await days.all()) {
      await moveTo(page, day);
      await expect(day).toHaveAttribute('data-over');
    }
    await page.screenshot({ path: info.outputPath(`drag-${scheme}.png`) });
    expect(await axe(page)).toEqual([]);
    await page.mouse.up();
    await expect.poll(() => groupOf(page, 'Ask Ann')).toBe('none');
  });

test.describe('by touch', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });

  /** A finger, as the browser's own protocol has it. */
  async function finger(page: Page) {
    const client = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: { x: number; y: number }) =>
      client.send('Input.dispatchTouchEvent', { type, touchPoints: at ? [at] : [] });
    return touch;
  }
  const HELD_MS = 500;

  test('given a line when a finger rests on it then it has its menu, and moved it goes to another day', async ({
    page,
    request,
  }) => {
    const tag = newWord();
    await makeTasks(request, tag, TITLES);
    await open(page, tag);
    const touch = await finger(page);
    const from = await middleOf(lineOf(page, 'Ask Ann'));
    await touch('touchStart', from);
    await page.waitForTimeout(HELD_MS);
    await touch('touchEnd');
    const menu = page.getByRole('menu', { name: 'Ask Ann' });
    await expect(menu).toBeVisible();
    expect(await axe(page)).toEqual([]);
    await press(page, 'Escape');
    await expect(menu).toBeHidden();
    await expect(page.getByRole('complementary', { name: 'Task' })).toBeHidden();

    const to = await middleOf(lineOf(page, 'Call Carl'));
    await touch('touchStart', from);
    await page.waitForTimeout(HELD_MS);
    await touch('touchMove', { x: from.x, y: from.y + 30 });
    await touch('touchMove', to);
    await expect(bar(page, 'Tomorrow')).toBeVisible();
    await touch('touchEnd');
    await expect.poll(() => groupOf(page, 'Ask Ann')).toBe('2031-01-03');
  });
});
