import { expect, test, type APIRequestContext, type Page } from '@playwright/test';

import { makeTask, newTitle, openPanel, readTask } from './panelSupport';
import { lineOf, linkOf, makeTasks, newWord, press } from './tasks';

test('given changes when the page is loaded anew then the key still takes them back, the last one first', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, ['Ask Ann', 'Buy bread', 'Call Carl']);
  const listed = async () => {
    await page.goto(`/tag/${tag}`);
    await linkOf(page, 'Ask Ann').waitFor();
  };
  const choose = async (words: string) => {
    await press(page, 'p');
    await expect(page.getByRole('combobox', { name: /^Priority of/ })).toBeFocused();
    await page.keyboard.type(words);
    await press(page, 'Enter');
  };
  await listed();
  await press(page, 'j');
  await choose('high');
  await expect(lineOf(page, 'Ask Ann')).toContainText('High priority');
  await choose('urgent');
  await expect(lineOf(page, 'Ask Ann')).toContainText('Urgent');
  await press(page, 'j', 'x', 'j', 'x', 'e');
  await expect(page.locator('[data-task]')).toHaveCount(1);
  await expect(page.getByText('2 tasks completed')).toBeVisible();

  await listed();
  await press(page, 'z');
  await expect(page.locator('[data-task]')).toHaveCount(3);
  await press(page, 'z');
  await expect(lineOf(page, 'Ask Ann')).toContainText('High priority');

  // The one before a change that was taken back, in a visit after that.
  await listed();
  await press(page, 'z');
  await expect(lineOf(page, 'Ask Ann')).not.toContainText('High priority');
  await press(page, 'z');
  await expect(page.getByText('There is nothing to undo')).toBeVisible();
});

test('given a filter that was renamed when the page is loaded anew then that is taken back too', async ({
  page,
}) => {
  const [name, renamed] = [`Mine ${newWord()}`, `Ours ${newWord()}`];
  const answer = await page.request.post('/filters', { data: { name, query: { q: 'milk' } } });
  expect(answer.status()).toBe(201);
  await page.goto(`/filter/${encodeURIComponent(name)}`);
  await page.getByRole('button', { name: `Menu of “${name}”` }).click();
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill(renamed);
  await press(page, 'Enter');
  const title = page.getByRole('heading', { level: 1 });
  await expect(title).toContainText(renamed);
  await page.reload();
  await expect(title).toContainText(renamed);
  await press(page, 'z');
  await expect(title).toContainText(name);
});

const remindersOf = async (page: Page, id: string): Promise<unknown[]> => {
  const answer = await page.request.get(`/tasks/${id}/reminders`);
  return ((await answer.json()) as { items: unknown[] }).items;
};

test('given a device that is offline when a reminder is added and the page is closed then it is sent by the next one', async ({
  page,
  request,
  context,
}) => {
  const task = await makeTask(request, { title: newTitle(), due_date: '2031-05-01' });
  const panel = await openPanel(page, task);
  await panel.getByRole('button', { name: 'Add a reminder' }).click();
  await context.setOffline(true);
  await expect(page.getByText('Offline', { exact: true }).first()).toBeVisible();
  const form = panel.getByRole('form', { name: 'New reminder' });
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(form).toBeHidden();
  const sign = page.locator('summary').filter({ hasText: 'Offline, 1 change kept' });
  await sign.click();
  await expect(page.getByText(`Add a reminder of “${task.title}”`)).toBeVisible();
  await page.close();

  await context.setOffline(false);
  const next = await context.newPage();
  expect(await remindersOf(next, task.id)).toEqual([]);
  const again = await openPanel(next, task);
  await expect(again.getByRole('region', { name: 'Reminders' }).getByRole('listitem')).toHaveCount(1);
  expect(await remindersOf(next, task.id)).toHaveLength(1);
  expect(await readTask(request, task.id)).toMatchObject({ version: task.version });
});

const readFilter = async (request: APIRequestContext, name: string): Promise<unknown> => {
  const answer = await request.get(`/filters/${encodeURIComponent(name)}`);
  return (await answer.json()) as unknown;
};

test('given a device that is offline when a filter is saved and the page is closed then it is shown as waiting, and sent by the next one', async ({
  page,
  context,
}) => {
  const name = `Mine ${newWord()}`;
  await page.goto('/all?q=milk');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Save as a filter' });
  await dialog.getByRole('textbox').fill(name);
  await context.setOffline(true);
  await expect(page.getByText('Offline', { exact: true }).first()).toBeVisible();
  await dialog.getByRole('textbox').press('Enter');
  await expect(dialog).toBeHidden();
  await page.locator('summary').filter({ hasText: 'Offline, 1 change kept' }).click();
  await expect(page.getByText(`Save the filter “${name}”`)).toBeVisible();
  await page.close();

  await context.setOffline(false);
  const next = await context.newPage();
  await next.goto('/all');
  await expect(next.getByRole('navigation').getByRole('link', { name })).toBeVisible();
  await expect(next.locator('summary')).toBeHidden();
  // It is shown before the server has it.
  await expect.poll(() => readFilter(next.request, name)).toMatchObject({ query: { q: 'milk' }, version: 1 });
});

test('given a device that is offline when a filter is given other conditions then these are looked at still, and sent later', async ({
  page,
  context,
  request,
}) => {
  const name = `Mine ${newWord()}`;
  await request.post('/filters', { data: { name, query: { q: 'milk' } } });
  await page.goto(`/filter/${encodeURIComponent(name)}?q=bread`);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const change = page.getByRole('button', { name: `Change “${name}”` });
  await expect(change).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText('Offline', { exact: true }).first()).toBeVisible();
  await change.click();
  await expect(page.locator('summary').filter({ hasText: 'Offline, 1 change kept' })).toBeVisible();
  await expect(page).toHaveURL(/q=bread/);

  await context.setOffline(false);
  await expect(page.locator('summary')).toBeHidden();
  await expect.poll(() => readFilter(request, name)).toMatchObject({ query: { q: 'bread' }, version: 2 });
});

test('given a reminder that was deleted when the page is loaded anew then the key brings it back, once', async ({
  page,
  request,
}) => {
  const task = await makeTask(request, { title: newTitle(), due_date: '2031-05-01' });
  const made = await request.post(`/tasks/${task.id}/reminders`, { data: { before_due: 'PT2H' } });
  expect(made.status()).toBe(201);
  const panel = await openPanel(page, task);
  const lines = panel.getByRole('region', { name: 'Reminders' }).getByRole('listitem');
  await expect(lines).toContainText('2 hours before it is due');
  await lines.getByRole('button', { name: /actions/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(lines).toHaveCount(0);
  await expect(page.getByText('Reminder deleted')).toBeVisible();

  await openPanel(page, task);
  await expect(panel).toBeFocused();
  await press(page, 'z');
  await expect(lines).toHaveCount(1);
  await expect(lines).toContainText('2 hours before it is due');
  await press(page, 'z');
  await expect(page.getByText('There is nothing to undo')).toBeVisible();
});
