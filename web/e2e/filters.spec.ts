import { expect, test } from '@playwright/test';

import { axe, lineOf, linkOf, makeTasks, makeUndated, newWord, press } from './tasks';

test('given conditions when they are saved then the filter is a place, to be renamed, changed and deleted', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, ['Ask Ann', 'Buy bread']);
  await page.goto(`/tag/${tag}?q=ann`);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Save as a filter' });
  await expect(dialog).toContainText(`It finds: “ann” · Open · #${tag}`);
  expect(await axe(page)).toEqual([]);
  await dialog.getByRole('textbox').fill(`Ann ${tag}`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText(`Ann ${tag}`);
  await expect(page.locator('[data-task]')).toHaveCount(1);

  const entry = page.getByRole('navigation').getByRole('link', { name: `Ann ${tag}` });
  const menu = page.getByRole('button', { name: `Menu of “Ann ${tag}”` });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill(`Anna ${tag}`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText(`Anna ${tag}`);
  await expect(entry).toBeHidden();

  // Its own words are replaced by others.
  await page.goto(`/filter/${encodeURIComponent(`Anna ${tag}`)}?q=bread`);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: `Change “Anna ${tag}”` }).click();
  await expect(page).not.toHaveURL(/q=/);
  await expect(page.getByRole('link', { name: 'Buy bread' })).toBeVisible();
  await expect(page.locator('[data-task]')).toHaveCount(1);

  await page.getByRole('button', { name: `Menu of “Anna ${tag}”` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const renamed = page.getByRole('navigation').getByRole('link', { name: `Anna ${tag}` });
  await expect(renamed).toBeHidden();
  await page.keyboard.press('z');
  await expect(renamed).toBeVisible();
  await page.getByRole('button', { name: `Menu of “Anna ${tag}”` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(renamed).toBeHidden();
});

test('given tasks without a due date when a list is narrowed to them then it has no others, and loses one that is given one', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, ['Ask Ann', 'Buy bread']);
  await makeUndated(request, tag, 'Call Carl');
  await page.goto(`/tag/${tag}`);
  await linkOf(page, 'Ask Ann').waitFor();
  await page.getByRole('button', { name: 'Due', exact: true }).click();
  await page.getByRole('button', { name: 'No due date' }).click();
  await expect(page).toHaveURL(/due=none/);
  await expect(page.locator('[data-task]')).toHaveCount(1);
  await expect(lineOf(page, 'Call Carl')).toBeVisible();
  await press(page, 'j');
  await expect(linkOf(page, 'Call Carl')).toBeFocused();
  await press(page, 'd');
  await expect(page.getByRole('combobox', { name: /^Due date of/ })).toBeFocused();
  await page.keyboard.type('tomorrow');
  await press(page, 'Enter');
  await expect(page.locator('[data-task]')).toHaveCount(0);
  await press(page, 'z');
  await expect(lineOf(page, 'Call Carl')).toBeVisible();
});

test('given a saved filter of tasks without a due date when days are asked for then it is those, and kept as such', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, ['Ask Ann', 'Buy bread']);
  await makeUndated(request, tag, 'Call Carl');
  await request.post('/filters', { data: { name: tag, query: { tag: [tag], due: 'none', sort: 'due' } } });
  await page.goto(`/filter/${tag}`);
  await expect(page.locator('[data-task]')).toHaveText(/Call Carl/);
  await page.getByRole('button', { name: 'Due', exact: true }).click();
  await page.getByLabel('From').fill('2031-01-02');
  await expect(page.locator('[data-task]')).toHaveText(/Buy bread/);
  await press(page, 'Escape');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: `Change “${tag}”` }).click();
  await expect(page).not.toHaveURL(/due_from=/);
  await expect(page.locator('[data-task]')).toHaveText(/Buy bread/);

  // A place that is about days has them, whatever a link says.
  await page.goto('/upcoming?due=none');
  await expect(page.locator('[data-task]').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Clear' })).toBeHidden();
});

test('given the name of a filter when its button is pressed twice then it is saved once', async ({
  page,
}) => {
  const name = newWord();
  let asked = 0;
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/filters', async (route) => {
    if (route.request().method() === 'POST') {
      asked += 1;
      await held;
    }
    await route.continue();
  });
  await page.goto(`/all?tag=${name}`);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Save as a filter' });
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('button', { name: 'Save', exact: true }).dblclick();
  answer();
  await expect(page).toHaveURL(new RegExp(`/filter/${name}$`));
  await expect(page.getByText('Filter saved')).toBeVisible();
  expect(asked).toBe(1);
});
