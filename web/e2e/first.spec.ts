import { expect, test, type APIRequestContext, type APIResponse, type Page } from '@playwright/test';

import { linkOf, makeTasks, newWord } from './tasks';

/** What the page needs of others: without it only what runs first is there. */
const LIBRARIES = /\/assets\/libraries-.*\.js/;

/** Holds requests until what it returns is called. */
async function hold(page: Page, url: RegExp): Promise<() => void> {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(url, async (route) => {
    await held;
    await route.continue();
  });
  return () => release();
}

/** Lists show what an answer has made. */
async function isListed(request: APIRequestContext, made: APIResponse): Promise<void> {
  const headers = { 'Consistency-Token': made.headers()['consistency-token'] ?? '', Prefer: 'wait=5' };
  await request.get('/tasks?limit=1', { headers });
}

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
  const release = await hold(page, LIBRARIES);
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
  const release = await hold(page, LIBRARIES);
  // Whoever gets this is not asked to try again.
  let refused = 0;
  await page.route(/\/tasks\?/, async (route) => {
    if (refused > 0) return route.fallback();
    refused += 1;
    await route.fulfill({ status: 404, body: '' });
  });
  await page.goto(`/tag/${tag}`, { waitUntil: 'commit' });
  await expect.poll(() => refused).toBe(1);
  release();
  await expect(linkOf(page, 'Ask Ann')).toBeVisible();
});

test('given a first list from before tasks were changed and made when another one shows them before the stream tells of it then it has them too', async ({
  page,
  request,
}) => {
  const [tag, due_date] = [newWord(), new Date().toLocaleDateString('sv')];
  const made = await request.post('/tasks', { data: { title: 'Ask Ann', tags: [tag], due_date } });
  await isListed(request, made);
  const { id } = (await made.json()) as { id: string };
  const [release, tell] = [await hold(page, LIBRARIES), await hold(page, /\/events$/)];
  const early = page.waitForResponse((answer) => answer.url().includes(`tag=${tag}`));
  await page.goto(`/tag/${tag}`, { waitUntil: 'commit' });
  await (await early).finished();

  const headers = { 'Content-Type': 'application/merge-patch+json' };
  await isListed(request, await request.patch(`/tasks/${id}`, { data: { title: 'Ask Bob' }, headers }));
  const another = { title: 'Buy bread', tags: [tag], due_date };
  await isListed(request, await request.post('/tasks', { data: another }));
  // How many tasks wait for today is told by a list that has them.
  const later = page.waitForResponse((answer) => answer.url().includes(`due_from=${due_date}`));
  release();
  await (await later).finished();
  await expect(linkOf(page, 'Ask Ann')).toBeVisible();

  tell();
  await expect(linkOf(page, 'Ask Bob')).toBeVisible();
  await expect(linkOf(page, 'Buy bread')).toBeVisible();
  await expect(linkOf(page, 'Ask Ann')).toBeHidden();
});

test('given a first list from before a task is made in this window when it comes afterwards then it has the task all the same', async ({
  page,
}) => {
  const [tag, title] = [newWord(), `Ask Ann ${newWord()}`];
  let held = 0;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await page.route(new RegExp(`/tasks\\?.*tag=${tag}`), async (route) => {
    held += 1;
    if (held > 1) return route.continue();
    const before = await route.fetch();
    answer();
    await released;
    await route.fulfill({ response: before });
  });
  await page.goto(`/tag/${tag}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await answered;
  await page.keyboard.press('q');
  await page.getByRole('textbox', { name: 'What is to be done' }).fill(`${title} #${tag}`);
  const made = page.waitForResponse(
    (answer) => answer.request().method() === 'POST' && answer.status() === 201,
  );
  await page.keyboard.press('Enter');
  await (await made).finished();
  release();
  await expect(linkOf(page, title)).toBeVisible();
});

test('given a day that ends while scripts are on their way when they come then the page does not wait for the list of the next one', async ({
  page,
}) => {
  await page.clock.setFixedTime(new Date(2026, 10, 30, 23, 59));
  const release = await hold(page, LIBRARIES);
  const early = ['due_to=2026-11-29', 'due_from=2026-11-30'].map((asked) =>
    page.waitForResponse((answer) => answer.url().includes(asked)),
  );
  await page.goto('/today', { waitUntil: 'commit' });
  for (const answer of early) await (await answer).finished();

  await page.clock.setFixedTime(new Date(2026, 11, 1, 0, 1));
  const answer = await hold(page, /due_from=2026-12-01/);
  release();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Today');
  answer();
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
