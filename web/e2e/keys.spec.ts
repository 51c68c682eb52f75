import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from '@playwright/test';

import { makeTasks, newWord } from './tasks';

const TITLES = ['Ask Ann', 'Buy bread', 'Call Carl', 'Dust desk'];

const lineOf = (page: Page, title: string): Locator => page.locator('[data-task]').filter({ hasText: title });
const linkOf = (page: Page, title: string): Locator => page.getByRole('link', { name: title });
const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};
const axe = async (page: Page): Promise<unknown[]> => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
};

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

test('given several tasks when they are selected and changed then it is one change, which is taken back as one', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, TITLES);
  await page.goto(`/tag/${tag}`);
  const bar = page.getByRole('group', { name: 'Selected tasks' });
  await linkOf(page, 'Ask Ann').click({ modifiers: ['Control'] });
  await expect(bar).toContainText('1 selected');
  await linkOf(page, 'Call Carl').click({ modifiers: ['Shift'] });
  await expect(bar).toContainText('3 selected');
  await expect(page.getByRole('complementary', { name: 'Task' })).toBeHidden();
  expect(await axe(page)).toEqual([]);

  await bar.getByRole('button', { name: 'Priority' }).click();
  await page.getByRole('option', { name: 'High' }).click();
  await expect(page.getByText('3 tasks set to high priority')).toBeVisible();
  await expect(page.locator('[data-priority="high"]').first()).toBeVisible();

  await bar.getByRole('button', { name: 'Select all 4 loaded' }).click();
  await bar.getByRole('button', { name: 'Complete' }).click();
  await expect(page.getByText('4 tasks completed')).toBeVisible();
  await expect(page.locator('[data-task]')).toHaveCount(0);
  await press(page, 'z');
  await expect(page.locator('[data-task]')).toHaveCount(4);
  // What came before is as it was.
  await press(page, 'z');
  await expect(page.locator('[data-task] [role="checkbox"][data-priority="high"]')).toHaveCount(0);
});

test('given a task that was changed elsewhere when many are changed then it alone is refused, and told of', async ({
  page,
  request,
}) => {
  const tag = newWord();
  const [ann] = await makeTasks(request, tag, TITLES);
  await page.goto(`/tag/${tag}`);
  await linkOf(page, 'Ask Ann').waitFor();
  await request.patch(`/tasks/${ann?.id ?? ''}`, {
    data: { title: 'Ask Anna' },
    headers: { 'Content-Type': 'application/merge-patch+json' },
  });
  await press(page, 'Control+a', 'Delete');
  const dialog = page.getByRole('dialog', { name: '1 task not deleted' });
  await expect(dialog).toContainText('Ask Ann');
  await expect(dialog).toContainText('It was changed elsewhere in the meantime.');
  expect(await axe(page)).toEqual([]);
  await press(page, 'Escape');
  await expect(page.locator('[data-task]')).toHaveCount(1);
  await expect(linkOf(page, 'Ask Anna')).toBeVisible();
  await press(page, 'z');
  await expect(page.locator('[data-task]')).toHaveCount(4);
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
