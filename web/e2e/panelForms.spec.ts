import { expect, test } from '@playwright/test';

import { makeTask, openPanel, readTask } from './panelSupport';

test('given the form of a reminder when its button is pressed twice then one is added', async ({
  page,
  request,
}) => {
  const task = await makeTask(request, { due_date: '2037-03-01' });
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/tasks/*/reminders', async (route) => {
    if (route.request().method() === 'POST') await held;
    await route.continue();
  });
  const panel = await openPanel(page, task);
  const section = panel.getByRole('region', { name: 'Reminders' });
  await section.getByRole('button', { name: 'Add a reminder' }).click();
  await section.getByRole('button', { name: 'Add', exact: true }).dblclick();
  answer();
  await expect(section.getByRole('button', { name: 'Add a reminder' })).toBeVisible();
  await page.reload();
  await expect(section.getByRole('listitem')).toHaveCount(1);
});
