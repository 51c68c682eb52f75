import { expect, test } from '@playwright/test';

import { boxOf, signOf } from './liveSupport';
import { check, DESKS, dress } from './looksSupport';
import { makeTask } from './panelSupport';
import { lineOf, linkOf, LOOKS, makeTasks, newWord, press, TITLES } from './tasks';

for (const look of DESKS)
  test(`given the ${look.scheme} theme when a filter is named and tasks are changed by windows then axe finds nothing`, async ({
    page,
    request,
  }) => {
    const tag = newWord();
    await makeTasks(request, tag, TITLES);
    const saved = await request.post('/filters', { data: { name: tag, query: { tag: [tag] } } });
    expect(saved.status()).toBe(201);
    await dress(page, look);
    await page.goto(`/tag/${tag}?q=ann`);
    await linkOf(page, 'Ask Ann').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const save = page.getByRole('dialog', { name: 'Save as a filter' });
    await expect(save.getByRole('textbox')).toBeVisible();
    await check(page, 'save');
    await save.getByRole('textbox').fill(tag);
    await press(page, 'Enter');
    await expect(save.getByRole('alert')).toContainText('There is a filter of this name.');
    await check(page, 'save, refused');
    await press(page, 'Escape');
    await expect(save).toBeHidden();

    await page.getByRole('button', { name: `Menu of “${tag}”` }).click();
    await page.getByRole('menuitem', { name: 'Rename…' }).click();
    const rename = page.getByRole('dialog', { name: 'Rename the filter' });
    await expect(rename.getByRole('textbox')).toHaveValue(tag);
    await check(page, 'rename');
    await press(page, 'Escape');
    await expect(rename).toBeHidden();

    await press(page, 'j');
    await expect(linkOf(page, 'Ask Ann')).toBeFocused();
    for (const [key, name] of [
      ['d', /^Due date of/],
      ['p', /^Priority of/],
      ['t', /^Tags of/],
    ] as const) {
      await press(page, key);
      await expect(page.getByRole('combobox', { name })).toBeFocused();
      await check(page, key);
      await press(page, 'Escape');
      await expect(page.getByRole('dialog')).toHaveCount(0);
    }
  });

for (const look of DESKS)
  test(`given the ${look.scheme} theme when it is told which tasks were left as they are then axe finds nothing`, async ({
    page,
    request,
  }) => {
    const tag = newWord();
    const [ann] = await makeTasks(request, tag, TITLES);
    await dress(page, look);
    // A page that does not hear of the change, and so is refused its own.
    await page.route(/\/events/, () => undefined);
    await page.goto(`/tag/${tag}`);
    await linkOf(page, 'Ask Ann').waitFor();
    await request.patch(`/tasks/${ann?.id ?? ''}`, {
      data: { title: 'Ask Anna' },
      headers: { 'Content-Type': 'application/merge-patch+json' },
    });
    await press(page, 'Control+a', 'Delete');
    await expect(page.getByRole('dialog', { name: '1 task not deleted' })).toContainText('Ask Ann');
    await check(page, 'refused');
  });

for (const look of LOOKS)
  test(`given the ${look.scheme} theme on ${look.name} when a reminder rings and the device is offline then axe finds nothing`, async ({
    page,
    request,
  }) => {
    const { id, title } = await makeTask(request);
    await dress(page, look);
    await page.goto('/all?sort=-created_at');
    await expect(lineOf(page, title)).toBeVisible();
    const remind_at = new Date(Date.now() + 2_000).toISOString().slice(0, 19);
    const reminder = { data: { remind_at, time_zone: 'UTC' } };
    expect((await request.post(`/tasks/${id}/reminders`, reminder)).status()).toBe(201);
    const card = page.getByRole('region', { name: 'Reminders' }).getByRole('article');
    await expect(card.filter({ hasText: title })).toBeVisible({ timeout: 30_000 });
    await check(page, 'a reminder');
    await card.filter({ hasText: title }).getByRole('button', { name: 'Dismiss' }).click();

    await page.context().setOffline(true);
    await expect(page.getByText('Offline', { exact: true }).first()).toBeVisible();
    await check(page, 'offline');
    await boxOf(page, title).click();
    await expect(signOf(page)).toHaveText('Offline, 1 change kept');
    await signOf(page).click();
    await expect(page.getByText(`Complete “${title}”`)).toBeVisible();
    await check(page, 'a change that waits');
  });

for (const look of LOOKS)
  test(`given the ${look.scheme} theme on ${look.name} when there is no such page or list then axe finds nothing`, async ({
    page,
  }) => {
    await dress(page, look);
    await page.goto('/nowhere');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such page');
    await check(page, 'no page');
    await page.goto(`/filter/${newWord()}`);
    await expect(page.getByRole('alert').getByRole('button', { name: 'Try again' })).toBeVisible();
    await check(page, 'no list');
  });
