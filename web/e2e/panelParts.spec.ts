import { expect, test } from '@playwright/test';

import { complaintsOf, makeTask, newTitle, openPanel, patchTask, readTask } from './panelSupport';

const MONTHLY = { due_date: '2026-12-31', recurrence_pattern: { rrule: 'FREQ=MONTHLY;BYMONTHDAY=-1' } };

test('given a task when it is made to repeat then the rule is what the fields said', async ({
  page,
  request,
}) => {
  const complaints = complaintsOf(page);
  const task = await makeTask(request, { due_date: '2026-12-01' });
  const panel = await openPanel(page, task);
  await panel.getByRole('button', { name: 'Repeats: Never' }).click();
  const form = panel.getByRole('form', { name: 'Repeats' });
  await form.getByRole('combobox', { name: 'Repeats' }).selectOption('Weekly');
  await form.getByRole('spinbutton').fill('2');
  await form.getByRole('checkbox', { name: 'Tue' }).check();
  await form.getByRole('combobox', { name: 'It is counted from' }).selectOption('the day of completion');
  // A form that is not saved yet survives a reload.
  await page.reload();
  await expect(form.getByRole('checkbox', { name: 'Tue' })).toBeChecked();
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(panel.getByRole('button', { name: /Repeats: Every 2 weeks on Tue/ })).toBeFocused();
  await expect
    .poll(() => readTask(request, task.id))
    .toMatchObject({
      recurrence_pattern: { rrule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU', from: 'completion' },
    });

  await panel.getByRole('button', { name: /Repeats:/ }).click();
  await form.getByRole('combobox', { name: 'Repeats' }).selectOption('By a rule');
  await form.getByRole('textbox', { name: /Rule/ }).fill('FREQ=MONTHLY;BYDAY=2MO');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(panel.getByRole('button', { name: /Repeats: FREQ=MONTHLY;BYDAY=2MO/ })).toBeVisible();
  expect(complaints).toEqual([]);
});

test('given a rule when it is chosen then the server says what it does in words, and the next five dates', async ({
  page,
  request,
}) => {
  const task = await makeTask(request, MONTHLY);
  const panel = await openPanel(page, task);
  const asked = page.waitForRequest('**/recurrences/preview');
  await panel.getByRole('button', { name: /Repeats:/ }).click();
  const form = panel.getByRole('form', { name: 'Repeats' });
  await expect(panel.getByRole('status')).toContainText('every month on the last day');
  const dates = panel.getByRole('list', { name: 'The next dates' }).getByRole('listitem');
  await expect(dates).toHaveCount(5);
  expect((await asked).postDataJSON()).toMatchObject({
    due_date: '2026-12-31',
    recurrence_pattern: { rrule: 'FREQ=MONTHLY;BYMONTHDAY=-1' },
  });
  // A rule that ends has no more than it has.
  await form.getByRole('combobox', { name: 'Repeats' }).selectOption('By a rule');
  await form.getByRole('textbox', { name: /Rule/ }).fill('FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3');
  await expect(dates).toHaveCount(2);
});

test('given a task of a series when only this one is changed then the next one has what it had', async ({
  page,
  request,
}) => {
  const task = await makeTask(request, MONTHLY);
  const panel = await openPanel(page, task);
  await panel.getByRole('radio', { name: 'Only this one' }).check();
  const title = newTitle('Only once');
  await panel.getByRole('textbox', { name: 'Title' }).fill(title);
  await panel.getByRole('textbox', { name: 'Title' }).press('Enter');
  await expect(page.getByText('Changed', { exact: true })).toBeVisible();
  // Whoever asks without a token may be told of a moment ago.
  await expect(async () => {
    const history = (await (await request.get(`/tasks/${task.id}/history`)).json()) as { items: unknown[] };
    expect(history.items.at(-1)).toMatchObject({ changes: { title: { to: title } }, only_this: ['title'] });
  }).toPass({ timeout: 10_000 });
});

test('given a task when reminders are added, put off and deleted then the list follows, and undo brings one back', async ({
  page,
  request,
}) => {
  const task = await makeTask(request, { due_date: '2037-03-01' });
  const panel = await openPanel(page, task);
  const section = panel.getByRole('region', { name: 'Reminders' });
  await section.getByRole('button', { name: 'Add a reminder' }).click();
  await section.getByRole('spinbutton', { name: 'How long before' }).fill('2');
  await section.getByRole('combobox', { name: 'Unit' }).selectOption('hours');
  await section.getByRole('checkbox', { name: /Ring again/ }).check();
  await section.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(section.getByRole('listitem')).toContainText('2 hours before it is due');
  await expect(section.getByRole('listitem')).toContainText('again every 10 minutes, 3 times');
  await expect(section.getByRole('button', { name: 'Add a reminder' })).toBeFocused();

  await section.getByRole('button', { name: 'Add a reminder' }).click();
  await section.getByRole('combobox', { name: 'Rings' }).selectOption('At a time');
  await section.getByLabel('Time', { exact: true }).fill('2037-02-01T08:00');
  await section.getByLabel('Zone').fill('Europe/Berlin');
  await section.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(section.getByRole('listitem')).toHaveCount(2);

  const first = section.getByRole('listitem').filter({ hasText: 'Europe/Berlin' });
  await first.getByRole('button', { name: /actions/ }).click();
  await page.getByRole('menuitem', { name: 'Put off: 1 hour' }).click();
  await expect(first).toContainText('put off until');
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect(first).not.toContainText('put off until');
  await first.getByRole('button', { name: /actions/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(first).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect(first).toBeVisible();
});

test('given subtasks when they are added, completed, and moved by a button and by dragging then the order stays', async ({
  page,
  request,
}) => {
  const task = await makeTask(request);
  const panel = await openPanel(page, task);
  const section = panel.getByRole('region', { name: 'Subtasks' });
  const titles = () => section.getByRole('listitem').getByRole('link').allTextContents();
  for (const title of ['Soil', 'Pot', 'Water']) {
    await section.getByRole('textbox', { name: 'New subtask' }).fill(title);
    await section.getByRole('textbox', { name: 'New subtask' }).press('Enter');
    await expect(section.getByRole('link', { name: title })).toBeVisible();
  }
  await section.getByRole('checkbox', { name: 'Complete “Soil”' }).click();
  await expect(section.getByRole('heading', { name: 'Subtasks 1/3 done' })).toBeVisible();
  await section.getByRole('button', { name: 'Move “Water” up' }).click();
  expect(await titles()).toEqual(['Soil', 'Water', 'Pot']);
  await section
    .getByRole('listitem')
    .filter({ hasText: 'Pot' })
    .dragTo(section.getByRole('listitem').first());
  expect(await titles()).toEqual(['Pot', 'Soil', 'Water']);
  await expect
    .poll(async () => {
      const page = (await (await request.get(`/tasks/${task.id}/subtasks`)).json()) as {
        items: { title: string }[];
      };
      return page.items.map(({ title }) => title);
    })
    .toEqual(['Pot', 'Soil', 'Water']);
  await page.reload();
  await expect(section.getByRole('listitem')).toHaveCount(3);
  expect(await titles()).toEqual(['Pot', 'Soil', 'Water']);
  await section.getByRole('link', { name: 'Pot' }).click();
  await expect(panel.getByRole('textbox', { name: 'Title' })).toHaveValue('Pot');
  await panel.getByRole('link', { name: task.title }).click();
  await expect(panel.getByRole('textbox', { name: 'Title' })).toHaveValue(task.title);
});

test('given subtasks without places when one is moved then all of them get one in one go, and undo takes it back as a whole', async ({
  page,
  request,
}) => {
  const task = await makeTask(request);
  for (const title of ['Soil', 'Pot', 'Water']) await makeTask(request, { title, parent_id: task.id });
  const panel = await openPanel(page, task);
  const section = panel.getByRole('region', { name: 'Subtasks' });
  const links = section.getByRole('listitem').getByRole('link');
  await expect(links).toHaveText(['Soil', 'Pot', 'Water']);
  const writes: string[] = [];
  page.on('request', (asked) => {
    if (asked.method() !== 'GET') writes.push(`${asked.method()} ${new URL(asked.url()).pathname}`);
  });
  await section.getByRole('button', { name: 'Move “Water” up' }).click();
  await expect(links).toHaveText(['Soil', 'Water', 'Pot']);
  await expect(page.getByText('3 tasks put in order')).toBeVisible();
  expect(writes).toEqual(['POST /tasks/bulk']);
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect(links).toHaveText(['Soil', 'Pot', 'Water']);
  expect(writes).toEqual(['POST /tasks/bulk', 'POST /tasks/bulk']);
});

test('given a history when somebody goes back in it then it shows how it was, and restores it', async ({
  page,
  request,
}) => {
  const task = await makeTask(request, { description: 'At first', due_date: '2026-12-01' });
  await patchTask(request, task.id, { description: 'Then', priority: 'high' });
  await patchTask(request, task.id, { due_date: null, due_at: '2026-12-02T09:00:00', time_zone: 'UTC' });
  const panel = await openPanel(page, task);
  await panel.getByRole('button', { name: 'History' }).click();
  const happened = panel.getByRole('list', { name: 'What happened' });
  await expect(happened.getByText('Someone changed it')).toHaveCount(2);
  await expect(happened).toContainText('At first → Then');
  await panel.getByRole('slider', { name: 'Back in time' }).press('Home');
  await expect(panel.getByRole('group', { name: 'How it was' })).toContainText('At first');
  await panel.getByRole('button', { name: 'Restore to there' }).click();
  await expect
    .poll(() => readTask(request, task.id))
    .toMatchObject({
      description: 'At first',
      priority: 'none',
      due_date: '2026-12-01',
      due_at: null,
      version: 4,
    });
  await expect(happened.getByText('Someone changed it')).toHaveCount(3);
});
