import { expect, test } from '@playwright/test';

import { bar, dragTo, Finger, groupOf, label, moveTo, openToDrag, takeUp } from './dragSupport';
import { axe, lineOf, linkOf, LOOKS, makeTasks, newWord, press, TITLES } from './tasks';

test('given a task when it is dragged to another day then it is due there, and it is taken back', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, TITLES);
  await openToDrag(page, tag);
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
  await dragTo(page, 'Buy bread', bar(page, 'Tomorrow'));
  await expect(page.getByRole('heading', { name: /Tomorrow/ })).toBeVisible();
  await dragTo(page, 'Buy bread', bar(page, 'No due date'));
  await expect.poll(() => groupOf(page, 'Buy bread')).toBe('none');
});

test('given selected tasks when one of them is dragged then all go, and come back as one', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, TITLES);
  await openToDrag(page, tag);
  await linkOf(page, 'Ask Ann').click({ modifiers: ['Control'] });
  await linkOf(page, 'Buy bread').click({ modifiers: ['Control'] });
  await dragTo(page, 'Buy bread', lineOf(page, 'Dust desk'));
  await expect.poll(() => groupOf(page, 'Ask Ann')).toBe('2031-01-04');
  await expect.poll(() => groupOf(page, 'Buy bread')).toBe('2031-01-04');
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect.poll(() => groupOf(page, 'Ask Ann')).toBe('2031-01-01');
  await expect.poll(() => groupOf(page, 'Buy bread')).toBe('2031-01-02');
});

test('given a drag when Escape is pressed then nothing has happened', async ({ page, request }) => {
  const tag = newWord();
  await makeTasks(request, tag, TITLES);
  await openToDrag(page, tag);
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
  test(`given the ${scheme} theme on ${name} when a task is in the air then axe finds nothing, every day can be dropped on, and what is dragged is told whole`, async ({
    page,
    request,
  }, info) => {
    const tag = newWord();
    await makeTasks(request, tag, [...TITLES, 'Explain the new heating to everybody in the house']);
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await openToDrag(page, tag);
    // What was done before is told at the same place.
    await page.getByRole('checkbox', { name: 'Complete “Dust desk”' }).click();
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
    await takeUp(page, 'Explain the new heating');
    const told = label(page, 'Explain the new heating');
    const days = page.locator('ul > li[data-group]');
    await expect(days.last()).toContainText('No due date');
    for (const day of await days.all()) {
      await moveTo(page, day);
      await expect(day).toHaveAttribute('data-over');
      await expect(told).toBeInViewport({ ratio: 1 });
    }
    await page.screenshot({ path: info.outputPath(`drag-${scheme}.png`) });
    expect(await axe(page)).toEqual([]);
    for (const x of [1, viewport.width - 1])
      for (const y of [1, viewport.height - 1]) {
        await page.mouse.move(x, y, { steps: 5 });
        await expect(told).toBeInViewport({ ratio: 1 });
      }
    await moveTo(page, bar(page, 'No due date'));
    await page.mouse.up();
    await expect.poll(() => groupOf(page, 'Explain the new heating')).toBe('none');
  });

test.describe('by touch', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });

  test('given a line when a finger rests on it then it has its menu, and moved it goes to another day', async ({
    page,
    request,
  }) => {
    const tag = newWord();
    await makeTasks(request, tag, TITLES);
    await openToDrag(page, tag);
    const finger = await Finger.of(page);
    await finger.hold('Ask Ann');
    await finger.lift();
    const menu = page.getByRole('menu', { name: 'Ask Ann' });
    await expect(menu).toBeVisible();
    expect(await axe(page)).toEqual([]);
    await press(page, 'Escape');
    await expect(menu).toBeHidden();
    await expect(page.getByRole('complementary', { name: 'Task' })).toBeHidden();

    await finger.hold('Ask Ann');
    await finger.moveTo(lineOf(page, 'Call Carl'));
    await expect(bar(page, 'Tomorrow')).toBeVisible();
    await finger.lift();
    await expect.poll(() => groupOf(page, 'Ask Ann')).toBe('2031-01-03');
  });
});
