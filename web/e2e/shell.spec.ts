import { expect, test, type APIRequestContext } from '@playwright/test';

import { makeTask, newTitle, openPanel } from './panelSupport';
import { lineOf, linkOf, makeTasks, newWord, press } from './tasks';

/** This day, as the browser has it. */
const today = () => new Date().toLocaleDateString('sv');

/** Makes a task that the next read shows. */
async function makeShown(request: APIRequestContext, fields: object): Promise<void> {
  const made = await request.post('/tasks', { data: fields });
  const headers = { 'Consistency-Token': made.headers()['consistency-token'] ?? '', Prefer: 'wait=5' };
  await request.get('/tasks?limit=1', { headers });
}

test('given tasks for today when one is added elsewhere and completed here then the places say how many there are', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, ['Ask Ann']);
  await makeShown(request, { title: 'Buy bread', tags: [tag], due_date: today() });
  await page.goto(`/tag/${tag}?sort=title`);
  const count = page.getByRole('navigation').locator('a[href="/today"] [aria-label]');
  const before = Number(await count.textContent());
  expect(before).toBeGreaterThan(0);
  await makeShown(request, { title: 'Call Carl', tags: [tag], due_date: today() });
  await expect(count).toHaveText(String(before + 1));
  await page.getByRole('checkbox', { name: 'Complete “Call Carl”' }).click();
  await expect(count).toHaveText(String(before));
  await press(page, 'z');
  await expect(count).toHaveText(String(before + 1));
});

test('given a task that is part of another when a list has it then its line says so', async ({
  page,
  request,
}) => {
  const [tag, part] = [newWord(), newTitle('Mix the soil')];
  const { id } = await makeTask(request, { tags: [tag] });
  await makeShown(request, { title: part, tags: [tag], parent_id: id });
  await page.goto(`/tag/${tag}`);
  await expect(page.locator('[data-task]')).toHaveCount(2);
  await expect(page.getByText('Part of another task')).toHaveCount(1);
  await expect(lineOf(page, part)).toContainText('Part of another task');
});

test('given a desk with a panel when a list is beside it then its head stays in one line', async ({
  page,
  request,
}) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await openPanel(page, await makeTask(request));
  const middles: number[] = [];
  for (const part of [
    page.getByRole('heading', { level: 1 }),
    page.getByRole('searchbox').first(),
    page.getByRole('main').getByRole('button', { name: 'Add', exact: true }),
  ]) {
    const box = await part.boundingBox();
    middles.push(box === null ? NaN : Math.round(box.y + box.height / 2));
  }
  const [first = NaN] = middles;
  expect(middles.every((middle) => Math.abs(middle - first) <= 1)).toBe(true);
});

test('given a phone when a list is opened then every condition is to be seen', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/all');
  const chips = page.getByRole('group', { name: 'Filter and sort' }).getByRole('button');
  await expect(chips).toHaveText(['Status', 'Priority', 'Tags', 'Due', 'Sort']);
  for (const chip of await chips.all()) await expect(chip).toBeInViewport({ ratio: 1 });
});

test('given a task that is completed before toasts are loaded when they come then it is told, and can be taken back', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, ['Ask Ann', 'Buy bread']);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let isWanted = false;
  await page.route(/ToastRegion-.*\.js/, async (route) => {
    isWanted = true;
    await held;
    await route.continue();
  });
  await page.goto(`/tag/${tag}`);
  await page.getByRole('checkbox', { name: 'Complete “Ask Ann”' }).click();
  await expect(linkOf(page, 'Ask Ann')).toBeHidden();
  await expect.poll(() => isWanted).toBe(true);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeHidden();
  release();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(linkOf(page, 'Ask Ann')).toBeVisible();
});

test('given toasts that cannot be loaded when a task is completed then it is told all the same, and can be taken back', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, ['Ask Ann', 'Buy bread']);
  await page.route(/ToastRegion-.*\.js/, (route) => route.abort());
  await page.goto(`/tag/${tag}`);
  await expect(page.getByText('A part of the page could not be loaded')).toBeVisible();
  await page.getByRole('checkbox', { name: 'Complete “Ask Ann”' }).click();
  await expect(linkOf(page, 'Ask Ann')).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(linkOf(page, 'Ask Ann')).toBeVisible();
});

test('given a part of the page that cannot be loaded when it is wanted then the page stays, and says so', async ({
  page,
  request,
}) => {
  await page.route(/\/History-.*\.js/, (route) => route.abort());
  const task = await makeTask(request);
  const panel = await openPanel(page, task);
  await panel.getByRole('button', { name: 'History' }).click();
  await expect(page.getByText('A part of the page could not be loaded').first()).toBeVisible();
  await expect(panel.getByRole('textbox', { name: 'Title' })).toHaveValue(task.title);
  await page.unrouteAll();
  await page.getByText('Load the page anew').click();
  await panel.getByRole('button', { name: 'History' }).click();
  await expect(panel.getByRole('list', { name: 'What happened' })).toBeVisible();
});

test('given a change of many that cannot be loaded when it is wanted then nothing is changed, and the page says so', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, ['Ask Ann', 'Buy bread']);
  await page.route(/\/(changeMany|takeBackEarlier)-.*\.js/, (route) => route.abort());
  await page.goto(`/tag/${tag}`);
  await linkOf(page, 'Ask Ann').waitFor();
  await press(page, 'Control+a', 'e');
  await expect(page.getByText('A part of the page could not be loaded').first()).toBeVisible();
  await expect(linkOf(page, 'Ask Ann')).toBeVisible();
});

test('given a page that is no list when the key for it is pressed then a task is added all the same', async ({
  page,
}) => {
  for (const path of ['/ops', '/nowhere']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.keyboard.press('q');
    await expect(page.getByRole('dialog', { name: 'Add a task' })).toBeVisible();
  }
});
