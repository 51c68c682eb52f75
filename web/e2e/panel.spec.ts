import { expect, test } from '@playwright/test';

import { complaintsOf, makeTask, newTitle, openPanel, patchTask, readTask } from './panelSupport';
import { axe } from './tasks';

test('given a task when its fields are changed where they stand then the server has them, and undo takes the last back', async ({
  page,
  request,
}) => {
  const complaints = complaintsOf(page);
  const task = await makeTask(request, { tags: ['ferns'] });
  const panel = await openPanel(page, task);
  const title = newTitle();
  await panel.getByRole('textbox', { name: 'Title' }).fill(title);
  await panel.getByRole('textbox', { name: 'Title' }).press('Enter');
  await panel.getByRole('combobox', { name: 'Status' }).selectOption('In progress');
  await panel.getByRole('combobox', { name: 'Priority' }).selectOption('High');

  const tags = panel.getByRole('combobox', { name: 'Tags' });
  await tags.fill('greenhouse');
  await page.getByRole('option', { name: /greenhouse/ }).click();
  await expect(panel.getByRole('button', { name: 'Remove greenhouse' })).toBeVisible();

  await panel.getByRole('button', { name: 'Due: none' }).click();
  const due = page.getByRole('dialog', { name: 'Due' });
  await due.getByLabel('Day').fill('2026-12-24');
  await due.getByLabel('Time').fill('09:30');
  await due.getByLabel('Zone').fill('Asia/Tokyo');
  await due.getByRole('button', { name: 'Save' }).click();
  await expect(panel.getByRole('button', { name: /^Due: .*Asia\/Tokyo/ })).toBeFocused();

  await expect
    .poll(() => readTask(request, task.id))
    .toMatchObject({
      title,
      status: 'in_progress',
      priority: 'high',
      tags: ['ferns', 'greenhouse'],
      due_at: '2026-12-24T09:30:00',
      time_zone: 'Asia/Tokyo',
    });
  await panel.getByRole('button', { name: 'Undo the last change' }).click();
  await expect(panel.getByRole('button', { name: 'Due: none' })).toBeVisible();
  expect(complaints).toEqual([]);
});

test('given a description in Markdown when it is shown then it is laid out, and nothing of it runs', async ({
  page,
  request,
}) => {
  const complaints = complaintsOf(page);
  const task = await makeTask(request, {
    description:
      '# Soil\n\n- [x] peat\n\n<img src=x onerror=alert(1)> [bad](javascript:alert(1)) https://example.com',
  });
  const panel = await openPanel(page, task);
  const description = panel.getByRole('region', { name: 'Description' });
  await expect(description.getByRole('heading', { name: 'Soil' })).toBeVisible();
  const box = description.getByRole('checkbox');
  await expect(box).toBeChecked();
  await box.click();
  await expect(box).not.toBeChecked();
  await expect.poll(async () => (await readTask(request, task.id)).description).toContain('- [ ] ');
  await box.click();
  await expect(box).toBeChecked();
  await expect.poll(async () => (await readTask(request, task.id)).description).toContain('- [x] ');
  await expect(description.getByRole('link')).toHaveCount(1);
  await expect(description.locator('img')).toHaveCount(0);
  await expect(description).toContainText('<img src=x onerror=alert(1)>');

  await panel.getByRole('button', { name: 'Edit description' }).click();
  const field = panel.getByRole('textbox', { name: 'Description, in Markdown' });
  await expect(field).toBeFocused();
  await field.fill('Only **peat**');
  await field.press('Control+Enter');
  await expect(description.locator('strong')).toHaveText('peat');
  await expect(panel.getByRole('button', { name: 'Edit description' })).toBeFocused();
  expect(complaints).toEqual([]);
});

test('given what was typed when the page is loaded again then it is there, until it is confirmed', async ({
  page,
  request,
}) => {
  const task = await makeTask(request);
  const panel = await openPanel(page, task);
  await panel.getByRole('button', { name: 'Add a description' }).click();
  await panel.getByRole('textbox', { name: 'Description, in Markdown' }).fill('Half a sent');
  await panel.getByRole('textbox', { name: 'New subtask' }).fill('Half a subt');
  await page.reload();
  const field = panel.getByRole('textbox', { name: 'Description, in Markdown' });
  await expect(field).toHaveValue('Half a sent');
  await expect(panel.getByRole('textbox', { name: 'New subtask' })).toHaveValue('Half a subt');
  await field.press('Control+Enter');
  await panel.getByRole('textbox', { name: 'New subtask' }).press('Enter');
  await expect(panel.getByRole('link', { name: 'Half a subt' })).toBeVisible();
  await expect(field).toBeHidden();
  await page.reload();
  await expect(panel.getByRole('region', { name: 'Description' })).toContainText('Half a sent');
  await expect(panel.getByRole('textbox', { name: 'New subtask' })).toHaveValue('');
});

test('given an edit on top of another of the same when it is sent then both are shown, and the choice stands', async ({
  page,
  request,
}) => {
  const task = await makeTask(request);
  const panel = await openPanel(page, task);
  const [mine, theirs, last] = [newTitle('Mine'), newTitle('Theirs'), newTitle('Last')];
  const field = panel.getByRole('textbox', { name: 'Title' });

  await field.fill(mine);
  await patchTask(request, task.id, { title: theirs });
  await field.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Somebody else has changed this task' });
  await expect(dialog.getByRole('radio', { name: `Mine ${mine}` })).toBeChecked();
  await dialog.getByRole('radio', { name: `Theirs ${theirs}` }).check();
  await dialog.getByRole('button', { name: 'Save the choice' }).click();
  await expect(field).toHaveValue(theirs);
  expect(await readTask(request, task.id)).toMatchObject({ title: theirs, version: 2 });

  await field.fill(mine);
  await patchTask(request, task.id, { title: last });
  await field.press('Enter');
  await dialog.getByRole('button', { name: 'Save the choice' }).click();
  await expect.poll(() => readTask(request, task.id)).toMatchObject({ title: mine, version: 4 });
});

test('given an edit on top of another of something else when it is sent then both stand, and nobody is asked', async ({
  page,
  request,
}) => {
  const task = await makeTask(request);
  const panel = await openPanel(page, task);
  const title = newTitle();
  await panel.getByRole('textbox', { name: 'Title' }).fill(title);
  await patchTask(request, task.id, { priority: 'urgent' });
  await panel.getByRole('textbox', { name: 'Title' }).press('Enter');
  await expect
    .poll(() => readTask(request, task.id))
    .toMatchObject({ title, priority: 'urgent', version: 3 });
  await expect(panel.getByRole('combobox', { name: 'Priority' })).toHaveValue('urgent');
  await expect(page.getByRole('dialog', { name: /Somebody else/ })).toHaveCount(0);
});

test('given a panel that was opened by the keyboard when Escape is pressed then the focus is where it was', async ({
  page,
  request,
}) => {
  const task = await makeTask(request, { tags: ['ferns'] });
  await page.goto(`/all?q=${encodeURIComponent(task.title)}`);
  const line = page.getByRole('link', { name: task.title });
  await line.focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('complementary', { name: 'Task' });
  await expect(panel).toBeFocused();
  // What is open in the panel is closed first.
  await panel.getByRole('button', { name: 'Due: none' }).press('Enter');
  await expect(page.getByRole('dialog', { name: 'Due' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Due' })).toBeHidden();
  await expect(panel).toBeVisible();
  await panel.getByRole('combobox', { name: 'Tags' }).pressSequentially('gr');
  await expect(page.getByRole('option', { name: 'gr', exact: false }).first()).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('listbox')).toHaveCount(0);
  await expect(panel).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await expect(line).toBeFocused();
  expect(await readTask(request, task.id)).toMatchObject({ tags: ['ferns'], version: 1 });
});

test('given a task that was deleted elsewhere when its panel is opened then it says so, with what happened, and brings it back', async ({
  page,
  request,
}) => {
  const complaints = complaintsOf(page);
  const task = await makeTask(request, { priority: 'high' });
  const deleted = await request.delete(`/tasks/${task.id}`);
  expect(deleted.status()).toBe(204);
  // Whoever asks without a token may be told of a moment ago.
  const headers = { 'Consistency-Token': deleted.headers()['consistency-token'] ?? '', Prefer: 'wait=5' };
  expect((await request.get(`/tasks/${task.id}`, { headers })).status()).toBe(404);
  expect((await request.get(`/tasks/${task.id}/history`, { headers })).status()).toBe(200);

  await page.goto(`/all?task=${task.id}`);
  const panel = page.getByRole('complementary', { name: 'Task' });
  await expect(panel.getByRole('heading', { name: 'It was deleted' })).toBeVisible();
  await expect(panel).toContainText(task.title);
  await expect(panel.getByRole('list', { name: 'What happened' })).toContainText('Someone deleted it');
  expect(await axe(page)).toEqual([]);
  await panel.getByRole('button', { name: 'Restore' }).click();
  await expect(panel.getByRole('textbox', { name: 'Title' })).toHaveValue(task.title);
  await expect(panel).toBeFocused();
  await expect.poll(() => readTask(request, task.id)).toMatchObject({ priority: 'high', version: 3 });

  // One that is open when it is deleted, too.
  expect((await request.delete(`/tasks/${task.id}`)).status()).toBe(204);
  await expect(panel.getByRole('button', { name: 'Restore' })).toBeVisible();
  expect(complaints).toEqual([]);
});

test('given an id that no task ever had when its panel is opened then it is a plain failure', async ({
  page,
}) => {
  await page.goto(`/all?task=${crypto.randomUUID()}`);
  const panel = page.getByRole('complementary', { name: 'Task' });
  await expect(panel.getByRole('alert')).toBeVisible();
  await expect(panel.getByRole('button', { name: 'Try again' })).toBeVisible();
  await expect(panel.getByRole('button', { name: 'Restore' })).toHaveCount(0);
});
