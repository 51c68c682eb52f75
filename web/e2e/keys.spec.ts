import { expect, test } from '@playwright/test';

import { axe, lineOf, linkOf, makeTasks, newWord, press, TITLES } from './tasks';

test('given only a keyboard when a day is worked through then everything is reached and taken back', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, TITLES);
  await page.goto(`/tag/${tag}`);
  await expect(linkOf(page, 'Ask Ann')).toBeVisible();

  // Along the list, and into a task and out again.
  await press(page, 'j');
  await expect(linkOf(page, 'Ask Ann')).toBeFocused();
  await press(page, 'ArrowDown', 'j', 'k');
  await expect(linkOf(page, 'Buy bread')).toBeFocused();
  await press(page, 'Enter');
  await expect(page.getByRole('complementary', { name: 'Task' })).toContainText('Buy bread');
  await expect(page.getByRole('complementary', { name: 'Task' })).toBeFocused();
  await press(page, 'Escape');
  await expect(page.getByRole('complementary', { name: 'Task' })).toBeHidden();
  await expect(linkOf(page, 'Buy bread')).toBeFocused();

  // Completed: the next one has the focus; taken back by a key.
  await press(page, 'e');
  await expect(linkOf(page, 'Buy bread')).toBeHidden();
  await expect(linkOf(page, 'Call Carl')).toBeFocused();
  await press(page, 'z');
  await expect(linkOf(page, 'Buy bread')).toBeVisible();

  // Priority, due date and a tag from lists.
  await press(page, 'p');
  await expect(page.getByRole('combobox', { name: /^Priority of/ })).toBeFocused();
  await page.keyboard.type('urg');
  await press(page, 'Enter');
  await expect(lineOf(page, 'Call Carl')).toContainText('Urgent');
  await expect(linkOf(page, 'Call Carl')).toBeFocused();
  await press(page, 'd');
  await expect(page.getByRole('combobox', { name: /^Due date of/ })).toBeFocused();
  await page.keyboard.type('tomorrow');
  await press(page, 'Enter');
  await expect(page.getByRole('heading', { name: /Tomorrow/ })).toBeVisible();
  await press(page, 't');
  await expect(page.getByRole('combobox', { name: /^Tags of/ })).toBeFocused();
  await page.keyboard.type(`${tag}x`);
  await press(page, 'Enter');
  await expect(lineOf(page, 'Call Carl')).toContainText(`${tag}x`);
  await expect(linkOf(page, 'Call Carl')).toBeFocused();

  // All three back, last first.
  await press(page, 'z');
  await expect(lineOf(page, 'Call Carl')).not.toContainText(`${tag}x`);
  await press(page, 'z');
  await expect(page.getByRole('heading', { name: /Tomorrow/ })).toBeHidden();
  await press(page, 'z');
  await expect(lineOf(page, 'Call Carl')).not.toContainText('Urgent');

  await press(page, 'Delete');
  await expect(linkOf(page, 'Call Carl')).toBeHidden();
  await press(page, 'z');
  await expect(linkOf(page, 'Call Carl')).toBeVisible();

  // To other places.
  await press(page, 'g', 'u');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Upcoming');
  await press(page, 'g', 'a');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('All tasks');
  await press(page, '/');
  await page.keyboard.type(tag);
  await expect(page).toHaveURL(/q=/);
  await press(page, 'Enter');
  await expect(page.locator('[data-cursor="true"]')).toHaveCount(1);
});

test('given a list when keys are asked for then they are shown, and letters can be turned off', async ({
  page,
}) => {
  await page.goto('/all');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await press(page, '?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await expect(dialog).toContainText('Complete, or open again');
  expect(await axe(page)).toEqual([]);
  await dialog.getByRole('checkbox').uncheck();
  await press(page, 'Escape');
  await expect(dialog).toBeHidden();
  await press(page, 'q', '?');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await press(page, 'Control+k');
  await expect(page.getByRole('dialog', { name: 'Find anything' })).toBeVisible();
});

test('given the palette when words are typed then tasks, places and commands are found', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, [`Read ${tag}`, ...TITLES]);
  await page.goto(`/tag/${tag}`);
  await linkOf(page, `Read ${tag}`).waitFor();
  await press(page, 'j', 'Control+k');
  const palette = page.getByRole('dialog', { name: 'Find anything' });
  await expect(palette.getByRole('option', { name: 'Complete, or open again' })).toBeVisible();
  expect(await axe(page)).toEqual([]);
  await page.keyboard.type('prio');
  await press(page, 'Enter');
  await expect(page.getByRole('dialog', { name: `Priority of “Read ${tag}”` })).toBeVisible();
  await press(page, 'Escape');
  await expect(linkOf(page, `Read ${tag}`)).toBeFocused();

  await press(page, 'Control+k');
  await expect(palette.getByRole('combobox')).toBeFocused();
  await page.keyboard.type(`read ${tag}`);
  await palette
    .getByRole('option', { name: `Read ${tag}` })
    .locator('mark')
    .first()
    .waitFor();
  await press(page, 'Enter');
  await expect(page.getByRole('complementary', { name: 'Task' })).toContainText(`Read ${tag}`);

  await press(page, 'Control+k');
  await expect(palette.getByRole('combobox')).toBeFocused();
  await page.keyboard.type('go to today');
  await press(page, 'Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Today');
});

test('given a line when its menu is opened then it is for that task', async ({ page, request }) => {
  const tag = newWord();
  await makeTasks(request, tag, TITLES);
  await page.goto(`/tag/${tag}`);
  await linkOf(page, 'Buy bread').click({ button: 'right' });
  const menu = page.getByRole('menu', { name: 'Buy bread' });
  await expect(menu).toBeVisible();
  expect(await axe(page)).toEqual([]);
  await menu.getByRole('menuitem', { name: 'Due date…' }).click();
  await page.getByRole('option', { name: 'No due date' }).click();
  await expect(page.getByRole('heading', { name: 'No due date' })).toBeVisible();
  await expect(linkOf(page, 'Buy bread')).toBeFocused();
  // By the keyboard, where the focus is.
  await press(page, 'Shift+F10');
  await expect(page.getByRole('menu')).toBeVisible();
  await press(page, 'Escape');
  await expect(linkOf(page, 'Buy bread')).toBeFocused();
});

test('given a browser that lets no page copy when the link of a task is wanted then it is shown', async ({
  page,
  request,
}) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  const tag = newWord();
  const [made] = await makeTasks(request, tag, TITLES);
  await page.goto(`/tag/${tag}`);
  await linkOf(page, made?.title ?? '').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Copy link' }).click();
  await expect(page.getByText(`/tag/${tag}?task=${made?.id ?? ''}`).first()).toBeVisible();
});

for (const { name, viewport } of [
  { name: 'a desk', viewport: { width: 1280, height: 800 } },
  { name: 'a phone', viewport: { width: 390, height: 844 } },
]) {
  test(`given the dark theme on ${name} when tasks are selected and windows opened then axe finds nothing`, async ({
    page,
    request,
  }) => {
    const tag = newWord();
    await makeTasks(request, tag, TITLES);
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.goto(`/tag/${tag}`);
    await linkOf(page, 'Ask Ann').waitFor();
    await press(page, 'j', 'x', 'Shift+j');
    await expect(page.getByRole('group', { name: 'Selected tasks' })).toContainText('2 selected');
    expect(await axe(page)).toEqual([]);
    for (const key of ['Control+k', 'd', 'p', 't', 'Shift+F10']) {
      await press(page, key);
      await expect(page.getByRole('combobox').or(page.getByRole('menu'))).toBeVisible();
      expect([key, await axe(page)]).toEqual([key, []]);
      await press(page, 'Escape');
      await expect(page.getByRole('combobox').or(page.getByRole('menu'))).toHaveCount(0);
    }
  });
}
