import { expect, test } from '@playwright/test';

import { makeTask, openPanel, readTask } from './panelSupport';
import { newWord } from './tasks';

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

test('given a time of day when no day is said then the form asks for one, and the time is kept', async ({
  page,
  request,
}) => {
  const task = await makeTask(request);
  const panel = await openPanel(page, task);
  await panel.getByRole('button', { name: 'Due: none' }).click();
  const due = page.getByRole('dialog', { name: 'Due' });
  await due.getByLabel('Time', { exact: true }).fill('09:30');
  await due.getByRole('button', { name: 'Save' }).click();
  await expect(due.getByLabel('Day', { exact: true })).toBeFocused();
  await expect(due.getByLabel('Time', { exact: true })).toHaveValue('09:30');
  await due.getByLabel('Day', { exact: true }).fill('2031-12-24');
  await due.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => readTask(request, task.id)).toMatchObject({ due_at: '2031-12-24T09:30:00' });
});

test('given a server that has a newer page by now when a reminder is added in the one of before then it is', async ({
  page,
  request,
}) => {
  const task = await makeTask(request, { due_date: '2037-03-01' });
  const panel = await openPanel(page, task);
  await page.route(/\/assets\/.*\.js$/, (route) => route.fulfill({ status: 404 }));
  const section = panel.getByRole('region', { name: 'Reminders' });
  await section.getByRole('button', { name: 'Add a reminder' }).click();
  await section.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(section.getByRole('listitem')).toHaveCount(1);
});

test('given a tag whose end is another word when that is typed as a tag then it is a new one', async ({
  page,
  request,
}) => {
  const word = newWord();
  await makeTask(request, { tags: [`x${word}`, `${word}s`] });
  const task = await makeTask(request);
  const panel = await openPanel(page, task);
  const field = panel.getByRole('combobox', { name: 'Tags' });
  await field.fill(`x${word}`.slice(0, 4));
  await expect(page.getByRole('option', { name: new RegExp(`^x${word}`) })).toBeVisible();
  await field.fill(word);
  await expect(page.getByRole('option', { name: new RegExp(`^x${word}`) })).toBeHidden();
  await expect(page.getByRole('option', { name: `New tag “${word}”` })).toBeVisible();
});
