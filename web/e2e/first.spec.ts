import { expect, test } from '@playwright/test';

import { linkOf, makeTasks, newWord } from './tasks';

test('given scripts of the page that are on their way when a list is opened then it was asked for already, and is not again', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, ['Ask Ann', 'Buy bread']);
  const lists: URL[] = [];
  page.on('request', (sent) => {
    const url = new URL(sent.url());
    if (url.pathname === '/tasks' && url.searchParams.get('tag') === tag) lists.push(url);
  });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\/assets\/libraries-.*\.js/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`/tag/${tag}?sort=title`, { waitUntil: 'commit' });
  await expect.poll(() => lists.length).toBe(1);
  release();
  await expect(linkOf(page, 'Ask Ann')).toBeVisible();
  await expect(linkOf(page, 'Buy bread')).toBeVisible();
  expect(lists.map(({ searchParams }) => searchParams.get('sort'))).toEqual(['title']);
});

test('given a request of the page that is refused before its scripts are there when they come then the list is read', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, ['Ask Ann']);
  let refused = 0;
  await page.route(/\/tasks\?/, async (route) => {
    if (refused > 0) return route.fallback();
    refused += 1;
    await route.fulfill({ status: 503, body: '' });
  });
  await page.goto(`/tag/${tag}`);
  await expect(linkOf(page, 'Ask Ann')).toBeVisible();
  expect(refused).toBe(1);
});

test('given the first picture of the page when a key is pressed with it then it does what it says', async ({
  page,
}) => {
  // No person is faster than what sees the title come.
  await page.addInitScript(() => {
    const watch = new MutationObserver(() => {
      if (document.querySelector('h1') === null) return;
      watch.disconnect();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }));
    });
    watch.observe(document, { childList: true, subtree: true });
  });
  await page.goto('/all');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
});
