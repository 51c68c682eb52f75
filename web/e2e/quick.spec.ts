import { expect, test } from '@playwright/test';

import { readTask } from './panelSupport';
import { axe, dayIn } from './tasks';

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

test('given a line with a time and a rule when it is added then the task has both, as the server says', async ({
  page,
  request,
}) => {
  await page.goto('/all?sort=-created_at');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('q');
  const dialog = page.getByRole('dialog', { name: 'Add a task' });
  const title = `Pay the gym ${crypto.randomUUID().slice(0, 8)}`;
  await dialog.getByRole('textbox').fill(`${title} tomorrow 9am #home !high every month`);
  await expect(dialog.getByRole('status')).toContainText('Understood: ');
  await expect(dialog.getByRole('status')).toContainText('again every month');
  const added = page.waitForResponse((answer) => answer.url().endsWith('/tasks/quick'));
  await page.keyboard.press('Enter');
  const { id } = (await (await added).json()) as { id: string };
  await expect(dialog).toBeHidden();
  const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  // Whoever asks without a token may be told of a moment ago.
  await expect
    .poll(() => readTask(request, id))
    .toMatchObject({
      title,
      tags: ['home'],
      priority: 'high',
      due_at: `${dayIn(1)}T09:00:00`,
      time_zone: zone,
      recurrence_pattern: { rrule: expect.stringMatching(/^FREQ=MONTHLY/) as unknown, from: 'due' },
    });
  const line = page.locator('[data-task]').filter({ hasText: title });
  await expect(line).toContainText('Repeats');
  await expect(line).toContainText('High priority');
});

test('given a line that makes no task when it is added then it says why, and what was typed stays', async ({
  page,
}) => {
  await page.goto('/all');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('q');
  const dialog = page.getByRole('dialog', { name: 'Add a task' });
  const field = dialog.getByRole('textbox');
  // A line may be longer than a title.
  const words = 'x'.repeat(501);
  await field.fill(words);
  await field.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('makes a task whose title');
  await expect(field).toHaveValue(words);
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  expect(await axe(page)).toEqual([]);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('q');
  await expect(field).toHaveValue(words);
});

test('given a line that is on its way when the next one is typed and the dialog closed then that one is kept', async ({
  page,
}) => {
  await page.goto('/all');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/tasks/quick', async (route) => {
    await held;
    await route.continue();
  });
  await page.keyboard.press('q');
  const dialog = page.getByRole('dialog', { name: 'Add a task' });
  const field = dialog.getByRole('textbox');
  await field.fill(`Water the fig ${crypto.randomUUID().slice(0, 8)}`);
  const added = page.waitForResponse((response) => response.url().endsWith('/tasks/quick'));
  await field.press('Shift+Enter');
  await field.fill('Call Bob');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  answer();
  await (await added).finished();
  await expect(page.getByText(/^Added/).first()).toBeVisible();
  await page.keyboard.press('q');
  await expect(field).toHaveValue('Call Bob');
});
