import { expect, test } from '@playwright/test';

import { makeTask, openPanel } from './panelSupport';

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

  const search = page.getByRole('searchbox', { name: 'Search' });
  await search.focus();
  for (const key of ['Enter', 'ArrowDown']) await search.dispatchEvent('keydown', composing(key));
  await expect(search).toBeFocused();
});
