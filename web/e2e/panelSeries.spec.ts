import { expect, test } from '@playwright/test';

import { makeTask, openPanel, readTask } from './panelSupport';

test('given a task of a series when this time is skipped then it is due at the next one, and undo takes that back', async ({
  page,
  request,
}) => {
  const task = await makeTask(request, {
    due_date: '2031-12-01',
    recurrence_pattern: { rrule: 'FREQ=WEEKLY;BYDAY=MO' },
  });
  const panel = await openPanel(page, task);
  await panel.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Skip this time' }).click();
  await expect(page.getByText('Moved to its next time')).toBeVisible();
  await expect.poll(() => readTask(request, task.id)).toMatchObject({ due_date: '2031-12-08', version: 2 });
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect.poll(() => readTask(request, task.id)).toMatchObject({ due_date: '2031-12-01', version: 3 });
});
