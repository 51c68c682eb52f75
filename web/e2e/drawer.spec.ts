import { expect, test } from '@playwright/test';

import { linkOf, makeTasks, newWord, press } from './tasks';

test.use({ viewport: { width: 390, height: 844 } });

test('given a phone when another list is chosen in the drawer then it is shown, and the drawer is gone', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, [`Ask Ann ${tag}`]);
  await page.goto('/today');
  const title = page.getByRole('heading', { level: 1 });
  await expect(title).toContainText('Today');
  const button = page.getByRole('button', { name: 'Lists' });
  await button.click();
  const drawer = page.getByRole('dialog', { name: 'Lists' });
  await expect(drawer.getByRole('link', { name: 'Today' })).toHaveAttribute('aria-current', 'page');
  await drawer.getByRole('link', { name: 'All tasks' }).click();
  await expect(page).toHaveURL(/\/all$/);
  await expect(title).toContainText('All tasks');
  await expect(drawer).toBeHidden();

  // Nothing of it is left above the list.
  await page.getByRole('searchbox').first().fill(tag);
  await expect(linkOf(page, `Ask Ann ${tag}`)).toBeVisible();
  await linkOf(page, `Ask Ann ${tag}`).click();
  await expect(page.getByRole('complementary', { name: 'Task' })).toContainText(`Ask Ann ${tag}`);
  await page.goBack();

  // What is no list is there too, and without a choice all stays as it is.
  await button.click();
  await drawer.getByRole('button', { name: /^Keys/ }).click();
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await press(page, 'Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await button.click();
  await expect(drawer.getByRole('link', { name: 'All tasks' })).toHaveAttribute('aria-current', 'page');
  await press(page, 'Escape');
  await expect(drawer).toBeHidden();
  await expect(button).toBeFocused();
  await expect(page).toHaveURL(/\/all/);
});
