import { expect, test } from '@playwright/test';

import { makeTask, openPanel, readTask } from './panelSupport';
import { linkOf, makeTasks, newWord, press } from './tasks';

/** A key that goes to an input method, which puts a word together. */
const composing = (key: string) => ({ key, isComposing: true, bubbles: true, cancelable: true });

test('given words that are put together by an input method when its keys are pressed then they do nothing else', async ({
  page,
  request,
}) => {
  const task = await makeTask(request);
  const panel = await openPanel(page, task);
  const title = panel.getByRole('textbox', { name: 'Title' });
  await title.fill('水をやる');
  await title.dispatchEvent('keydown', composing('Escape'));
  await expect(title).toHaveValue('水をやる');
  await title.press('Escape');
  await expect(title).toHaveValue(task.title);
  await panel.getByRole('button', { name: 'Add a description' }).click();
  const description = panel.getByRole('textbox', { name: 'Description, in Markdown' });
  await description.dispatchEvent('keydown', composing('Escape'));
  await expect(description).toBeVisible();

  const search = page.getByRole('searchbox', { name: 'Search' });
  await search.focus();
  for (const key of ['Enter', 'ArrowDown']) await search.dispatchEvent('keydown', composing(key));
  await expect(search).toBeFocused();
});

test('given a panel with another task than the list is at when keys are pressed in it then they are for the one that it shows', async ({
  page,
  request,
}) => {
  const tag = newWord();
  const [above] = await makeTasks(request, tag, [`Paint the house ${tag}`, `Sweep the yard ${tag}`]);
  const part = await makeTask(request, { title: `Buy a brush ${tag}`, parent_id: above?.id });
  await page.goto(`/tag/${tag}`);
  await linkOf(page, `Paint the house ${tag}`).click();
  const panel = page.getByRole('complementary', { name: 'Task' });
  await panel.getByRole('link', { name: part.title }).click();
  await expect(panel.getByRole('textbox', { name: 'Title' })).toHaveValue(part.title);
  await expect(panel).toBeFocused();

  await press(page, 'Control+a');
  await expect(page.getByRole('group', { name: 'Selected tasks' })).toHaveCount(0);
  await press(page, 'e');
  await expect(panel.getByRole('checkbox', { name: 'Open again' })).toBeVisible();
  await expect.poll(() => readTask(request, part.id)).toMatchObject({ status: 'completed' });
  expect(await readTask(request, above?.id ?? '')).toMatchObject({ status: 'pending', version: 1 });
});
