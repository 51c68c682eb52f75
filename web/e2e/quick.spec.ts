import { expect, test } from '@playwright/test';

import { axe } from './tasks';

test('given a line of plain English when it is written then what is understood is marked, said, and made', async ({
  page,
}) => {
  // The newest first: there may be many.
  await page.goto('/all?sort=-created_at');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('q');
  const dialog = page.getByRole('dialog', { name: 'Add a task' });
  const field = dialog.getByRole('textbox', { name: 'What is to be done' });
  const title = `Gießen 🌱 ${crypto.randomUUID().slice(0, 8)}`;
  await field.fill(`${title} tomorrow #garden !high`);
  // Pieces are where JavaScript counts them, behind signs of several bytes too.
  await expect(dialog.locator('mark')).toHaveText(['tomorrow', '#garden', '!high']);
  await expect(dialog.getByRole('status')).toHaveText('Understood: due Tomorrow, tag garden, priority high');
  expect(await axe(page)).toEqual([]);
  await field.press('Enter');
  await expect(dialog).toBeHidden();
  const line = page.locator('[data-task]').filter({ hasText: title });
  await expect(line).toContainText('garden');
  await expect(line).toContainText('Tomorrow');
});
