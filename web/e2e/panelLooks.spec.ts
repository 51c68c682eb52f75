import { expect, test } from '@playwright/test';

import { makeTask, openPanel, patchTask } from './panelSupport';
import { axe } from './tasks';

const LOOKS = (['light', 'dark'] as const).flatMap((scheme) => [
  { scheme, name: 'desk', viewport: { width: 1280, height: 1400 } },
  { scheme, name: 'phone', viewport: { width: 390, height: 844 } },
]);

for (const { scheme, name, viewport } of LOOKS) {
  test(`given the ${scheme} theme on a ${name} when the panel is full of things then axe finds nothing`, async ({
    page,
    request,
  }) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const task = await makeTask(request, {
      description:
        '# Soil\n\n- [x] peat\n- [ ] `sand`\n\n> gently\n\n|a|b|\n|-|-|\n|1|[two](https://example.com)|',
      due_at: '2026-12-31T09:00:00',
      time_zone: 'Europe/Berlin',
      tags: ['ferns', 'greenhouse'],
      priority: 'high',
      recurrence_pattern: { rrule: 'FREQ=WEEKLY;BYDAY=TH' },
    });
    for (const title of ['Buy a pot', 'Mix the soil']) await makeTask(request, { title, parent_id: task.id });
    await request.post(`/tasks/${task.id}/reminders`, {
      data: { before_due: 'PT30M', repeat: { every: 'PT10M', times: 3 } },
    });
    await patchTask(request, task.id, {
      priority: 'urgent',
      description: `${task.title}: **peat**\n\n- [x] pot`,
    });

    const panel = await openPanel(page, task);
    await expect(panel.getByRole('region', { name: 'Description' }).locator('strong')).toBeVisible();
    await expect(panel.getByRole('link', { name: 'Mix the soil' })).toBeVisible();
    const check = async (state: string) => {
      expect([state, await axe(page)]).toEqual([state, []]);
    };
    await check('panel');

    await panel.getByRole('button', { name: /^Due:/ }).click();
    await expect(page.getByRole('dialog', { name: 'Due' })).toBeVisible();
    await check('due');
    await page.keyboard.press('Escape');

    await panel.getByRole('button', { name: /^Repeats:/ }).click();
    await panel.getByRole('button', { name: 'Add a reminder' }).click();
    await check('forms');
    await panel.getByRole('button', { name: /^Repeats:/ }).click();
    await panel.getByRole('region', { name: 'Reminders' }).getByRole('button', { name: 'Cancel' }).click();

    await panel.getByRole('button', { name: 'History' }).click();
    await panel.getByRole('slider', { name: 'Back in time' }).press('Home');
    await expect(panel.getByRole('button', { name: 'Restore to there' })).toBeVisible();
    await panel.getByRole('button', { name: 'Restore to there' }).scrollIntoViewIfNeeded();
    await check('history');
    await panel.getByRole('button', { name: 'Back to now' }).click();

    await panel.getByRole('textbox', { name: 'Title' }).fill('Mine');
    await patchTask(request, task.id, { title: 'Theirs' });
    await panel.getByRole('textbox', { name: 'Title' }).press('Enter');
    const question = page.getByRole('dialog', { name: 'Somebody else has changed this task' });
    await expect(question).toBeVisible();
    await check('conflict');
    // Put off, it takes nothing of what was typed.
    await question.getByRole('button', { name: 'Not now' }).click();
    await expect(question).toBeHidden();
    await expect(panel.getByRole('textbox', { name: 'Title' })).toHaveValue('Mine');

    expect((await request.delete(`/tasks/${task.id}`)).status()).toBe(204);
    await expect(panel.getByRole('heading', { name: 'It was deleted' })).toBeVisible();
    await check('gone');
  });
}
