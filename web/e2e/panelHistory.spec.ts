import { expect, test } from '@playwright/test';

import { makeTask, openPanel, patchTask } from './panelSupport';

test('given a version that is on its way when another one is shown still then it cannot be restored', async ({
  page,
  request,
}) => {
  const task = await makeTask(request, { description: 'At first' });
  await patchTask(request, task.id, { description: 'Then' });
  await patchTask(request, task.id, { description: 'Now' });
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(/\/tasks\/[^/?]+\?as_of=1$/, async (route) => {
    await held;
    await route.continue();
  });
  const panel = await openPanel(page, task);
  await panel.getByRole('button', { name: 'History' }).click();
  const happened = panel.getByRole('list', { name: 'What happened' });
  await expect(happened.getByText('Someone changed it')).toHaveCount(2);
  const slider = panel.getByRole('slider', { name: 'Back in time' });
  const then = panel.getByRole('group', { name: 'How it was' });
  const restore = panel.getByRole('button', { name: 'Restore to there' });
  await slider.press('ArrowLeft');
  await expect(then).toContainText('Then');
  await expect(restore).toBeEnabled();
  await slider.press('ArrowLeft');
  await expect(restore).toBeDisabled();
  answer();
  await expect(then).toContainText('At first');
  await expect(restore).toBeEnabled();
});

test('given a task of a series when it is restored then it is this one, whatever changes of it are for', async ({
  page,
  request,
}) => {
  const series = { due_date: '2031-12-31', recurrence_pattern: { rrule: 'FREQ=MONTHLY;BYMONTHDAY=-1' } };
  const task = await makeTask(request, { ...series, description: 'At first' });
  await patchTask(request, task.id, { description: 'Then' });
  const panel = await openPanel(page, task);
  await expect(panel.getByRole('radio', { name: 'This and the following' })).toBeChecked();
  await panel.getByRole('button', { name: 'History' }).click();
  await panel.getByRole('slider', { name: 'Back in time' }).press('Home');
  await expect(panel.getByRole('group', { name: 'How it was' })).toContainText('At first');
  const written = page.waitForRequest((asked) => asked.method() === 'PATCH');
  await panel.getByRole('button', { name: 'Restore to there' }).click();
  expect(new URL((await written).url()).search).toBe('');
});
