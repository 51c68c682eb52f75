import { expect, test, type Browser, type Page } from '@playwright/test';

import { boxOf, lineOf, make, newTitle, openOn, signOf } from './liveSupport';
import { OwnServer } from './server';
import { makeTasks, newWord } from './tasks';

let server: OwnServer;
test.beforeAll(async () => {
  server = await OwnServer.make();
});
test.afterAll(() => server.end());

const open = (browser: Browser, path: string): Promise<Page> => openOn(server, browser, path);

test('given two browsers when one adds, edits and completes then the other follows', async ({ browser }) => {
  const [one, other] = [await open(browser, '/all'), await open(browser, '/all')];
  const title = newTitle();
  const { id } = await make(one, { title });
  await expect(lineOf(other, title)).toBeVisible();
  await one.request.patch(`${server.url}/tasks/${id}`, {
    data: { title: `${title}!`, due_at: '2030-01-01T09:00:00', time_zone: 'Europe/Berlin' },
    headers: { 'Content-Type': 'application/merge-patch+json' },
  });
  await expect(lineOf(other, `${title}!`)).toBeVisible();
  await boxOf(one, `${title}!`).click();
  await expect(lineOf(one, `${title}!`)).toBeHidden();
  await expect(lineOf(other, `${title}!`)).toBeHidden();
});

test('given two windows of a browser when one that reads the stream is closed then the other goes on', async ({
  browser,
}) => {
  const one = await open(browser, '/all');
  const streams = (page: Page) => {
    const urls: string[] = [];
    page.on('request', (request) => request.url().endsWith('/events') && urls.push(request.url()));
    return urls;
  };
  const other = await one.context().newPage();
  const read = streams(other);
  await other.goto('/all');
  await expect(other.getByRole('heading', { level: 1 })).toBeVisible();
  const first = newTitle();
  await make(one, { title: first });
  await expect(lineOf(other, first)).toBeVisible();
  expect(read).toEqual([]);
  await one.close();
  const second = newTitle();
  await make(other, { title: second });
  await expect(lineOf(other, second)).toBeVisible();
  expect(read).toHaveLength(1);
});

test('given somebody who points at a list when others change it then it does not move until they say so', async ({
  browser,
}) => {
  const page = await open(browser, '/all?sort=-created_at');
  const [title, later] = [newTitle(), newTitle()];
  const { id } = await make(page, { title });
  await lineOf(page, title).hover();
  const before = await lineOf(page, title).boundingBox();
  await make(page, { title: later });
  await page.getByRole('button', { name: '1 new' }).waitFor();
  await page.request.patch(`${server.url}/tasks/${id}`, {
    data: { title: `${title}!` },
    headers: { 'Content-Type': 'application/merge-patch+json' },
  });
  await expect(lineOf(page, `${title}!`)).toBeVisible();
  expect((await lineOf(page, `${title}!`).boundingBox())?.y).toBe(before?.y);
  await expect(lineOf(page, later)).toBeHidden();
  await page.getByRole('button', { name: '1 new' }).click();
  await expect(lineOf(page, later)).toBeVisible();
});

test('given a device that goes offline when things are done and it comes back then all of them are sent', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  const [done, added, elsewhere] = [newTitle(), newTitle(), newTitle()];
  await make(page, { title: done });
  await expect(lineOf(page, done)).toBeVisible();
  await page.context().setOffline(true);
  await expect(page.getByText('Offline', { exact: true }).first()).toBeVisible();

  await boxOf(page, done).click();
  await expect(lineOf(page, done)).toBeHidden();
  await page.keyboard.press('q');
  await page.getByRole('textbox', { name: 'What is to be done' }).fill(added);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'What is to be done' })).toBeHidden();
  await expect(signOf(page)).toHaveText('Offline, 2 changes kept');
  await signOf(page).click();
  await expect(page.getByText(`Add “${added}”`)).toBeVisible();
  const apart = await open(browser, '/all');
  await make(apart, { title: elsewhere });

  const lists: string[] = [];
  page.on('request', (request) => request.url().includes('/tasks?') && lists.push(request.url()));
  await page.context().setOffline(false);
  await expect(lineOf(page, added)).toBeVisible();
  await expect(lineOf(page, elsewhere)).toBeVisible();
  // What was missed came by the stream: no list was read again.
  expect(lists).toEqual([]);
  await expect(signOf(page)).toBeHidden();
  await expect(lineOf(apart, added)).toBeVisible();
  await expect(lineOf(apart, done)).toBeHidden();
});

test('given words in quick add when the page is loaded anew then they are there', async ({ browser }) => {
  const page = await open(browser, '/all');
  const field = page.getByRole('textbox', { name: 'What is to be done' });
  await page.keyboard.press('q');
  await field.fill('Buy oat milk');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('q');
  await expect(field).toHaveValue('Buy oat milk');
});

test('given a reminder that rings when it is put off, that is taken back, and it rings again then it can be done with', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  const title = newTitle();
  const { id } = await make(page, { title });
  const at = new Date(Date.now() + 2_000).toISOString().slice(0, 19);
  const reminder = { data: { remind_at: at, time_zone: 'UTC' } };
  const made = await page.request.post(`${server.url}/tasks/${id}/reminders`, reminder);
  expect(made.status()).toBe(201);
  const card = page.getByRole('region', { name: 'Reminders' }).getByRole('article');
  await expect(card).toContainText(title, { timeout: 30_000 });
  await card.getByRole('button', { name: 'Again in 10 min' }).click();
  await expect(card).toBeHidden();
  // Its own time has passed: when that is taken back, it rings at once.
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect(card).toContainText(title, { timeout: 30_000 });
  await card.getByRole('button', { name: 'Again in 10 min' }).click();
  await expect(card).toBeHidden();
  await make(page, { title: newTitle() });
  const again = await page.request.post(`${server.url}/tasks/${id}/reminders`, {
    data: { remind_at: new Date(Date.now() + 2_000).toISOString().slice(0, 19), time_zone: 'UTC' },
  });
  expect(again.status()).toBe(201);
  await expect(card).toContainText(title, { timeout: 30_000 });
  await card.getByRole('button', { name: 'Done' }).click();
  await expect(card).toBeHidden();
  await expect(lineOf(page, title)).toBeHidden();
});

test('given several reminders that ring when all are dismissed then none is left, after a reload too', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  for (const seconds of [2, 4]) {
    const { id } = await make(page, { title: newTitle() });
    const at = new Date(Date.now() + seconds * 1_000).toISOString().slice(0, 19);
    const reminder = { data: { remind_at: at, time_zone: 'UTC' } };
    expect((await page.request.post(`${server.url}/tasks/${id}/reminders`, reminder)).status()).toBe(201);
  }
  const cards = page.getByRole('region', { name: 'Reminders' }).getByRole('article');
  await expect(cards).toHaveCount(2, { timeout: 30_000 });
  await page.getByRole('button', { name: 'Dismiss all 2' }).click();
  await expect(cards).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(cards).toHaveCount(0);
});

// The last one: its tasks are many.
test('given a list that is not read to its end when others change what is behind then it says how many there are', async ({
  browser,
}) => {
  const tag = newWord();
  const page = await open(browser, '/');
  const titles = Array.from({ length: 300 }, (_, at) => `Post letter ${at + 1}`);
  const made = await makeTasks(page.request, tag, titles);
  await page.goto(`/tag/${tag}`);
  const heading = page.getByRole('heading', { level: 1 });
  await expect(heading).toHaveText(`${tag}300`);
  await lineOf(page, 'Post letter 1').first().waitFor();
  const [changed = '', deleted = ''] = made.slice(-2).map(({ id }) => id);
  await page.request.patch(`/tasks/${changed}`, {
    data: { title: 'Post parcel' },
    headers: { 'Content-Type': 'application/merge-patch+json' },
  });
  await page.request.delete(`/tasks/${deleted}`);
  await expect(heading).toHaveText(`${tag}299`);
});
