import { expect, test } from '@playwright/test';

import { axe, linkOf, makeTasks, newWord, press, TITLES } from './tasks';

test('given several tasks when they are selected and changed then it is one change, which is taken back as one', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, TITLES);
  await page.goto(`/tag/${tag}`);
  const bar = page.getByRole('group', { name: 'Selected tasks' });
  await linkOf(page, 'Ask Ann').click({ modifiers: ['Control'] });
  await expect(bar).toContainText('1 selected');
  await linkOf(page, 'Call Carl').click({ modifiers: ['Shift'] });
  await expect(bar).toContainText('3 selected');
  await expect(page.getByRole('complementary', { name: 'Task' })).toBeHidden();
  expect(await axe(page)).toEqual([]);

  // One window after the other, as fast as keys are pressed: the last one has the focus.
  await press(page, 'd', 'Escape', 't', 'Escape', 'p');
  await expect(page.getByRole('combobox', { name: 'Priority of 3 tasks' })).toBeFocused();
  await press(page, 'Escape');
  await bar.getByRole('button', { name: 'Priority' }).click();
  await page.getByRole('option', { name: 'High' }).click();
  await expect(page.getByText('3 tasks set to high priority')).toBeVisible();
  await expect(page.locator('[data-priority="high"]').first()).toBeVisible();

  await bar.getByRole('button', { name: 'Select all 4 loaded' }).click();
  await bar.getByRole('button', { name: 'Complete' }).click();
  await expect(page.getByText('4 tasks completed')).toBeVisible();
  await expect(page.locator('[data-task]')).toHaveCount(0);
  await press(page, 'z');
  await expect(page.locator('[data-task]')).toHaveCount(4);
  // What came before is as it was.
  await press(page, 'z');
  await expect(page.locator('[data-task] [role="checkbox"][data-priority="high"]')).toHaveCount(0);
});

test('given a task that was changed elsewhere when many are changed then it alone is refused, and told of', async ({
  page,
  request,
}) => {
  const tag = newWord();
  const [ann] = await makeTasks(request, tag, TITLES);
  // A page that does not hear of it: else the change would be made on what is there.
  await page.route(/\/events/, () => undefined);
  await page.goto(`/tag/${tag}`);
  await linkOf(page, 'Ask Ann').waitFor();
  await request.patch(`/tasks/${ann?.id ?? ''}`, {
    data: { title: 'Ask Anna' },
    headers: { 'Content-Type': 'application/merge-patch+json' },
  });
  await press(page, 'Control+a', 'Delete');
  const dialog = page.getByRole('dialog', { name: '1 task not deleted' });
  await expect(dialog).toContainText('Ask Ann');
  await expect(dialog).toContainText('It was changed elsewhere in the meantime.');
  expect(await axe(page)).toEqual([]);
  await press(page, 'Escape');
  await expect(page.locator('[data-task]')).toHaveCount(1);
  await expect(linkOf(page, 'Ask Anna')).toBeVisible();
  await press(page, 'z');
  await expect(page.locator('[data-task]')).toHaveCount(4);
});

test('given more tasks than a request holds when all are selected and changed then none is left out', async ({
  page,
  request,
}) => {
  const tag = newWord();
  const count = 1050;
  const titles = Array.from({ length: count }, (_, at) => `Post letter ${at + 1}`);
  await makeTasks(request, tag, titles);
  await page.goto(`/tag/${tag}`);
  await page.locator('[data-task]').first().waitFor();
  // Pages are read on as the end comes near.
  const last = page.locator(`[aria-posinset="${count}"]`);
  await expect(async () => {
    await press(page, 'End');
    await expect(last).toBeInViewport({ timeout: 250 });
  }).toPass();
  await expect(last.getByRole('link').first()).toBeFocused();
  await press(page, 'Control+a');
  await expect(page.getByRole('group', { name: 'Selected tasks' })).toContainText('1,050 selected');
  await press(page, 'Space');
  await expect(page.getByText('1,050 tasks completed')).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('[data-task]')).toHaveCount(0);
  await press(page, 'z');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('1,050', { timeout: 30_000 });
});

test('given a device that is offline when many tasks are changed then it says how many wait, and which are the first of them', async ({
  page,
  request,
}) => {
  const tag = newWord();
  const titles = Array.from({ length: 60 }, (_, at) => `Task ${at + 1}`);
  await makeTasks(request, tag, titles);
  await page.goto(`/tag/${tag}`);
  await expect(async () => {
    // What is not there yet is not selected.
    await press(page, 'End');
    await press(page, 'Control+a');
    await expect(page.getByText('60 selected')).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.context().setOffline(true);
  await expect(page.getByText('Offline', { exact: true }).first()).toBeVisible();
  await press(page, 'e');
  const sign = page.getByRole('region', { name: 'Connection' });
  await expect(sign.locator('summary')).toHaveText('Offline, 60 changes kept');
  await sign.locator('summary').click();
  await expect(sign.getByRole('listitem')).toHaveCount(51);
  await expect(sign.getByRole('listitem').last()).toHaveText('and 10 more');
  await page.context().setOffline(false);
  await expect(sign).toBeHidden();
});
