import { readFile } from 'node:fs/promises';

import { expect, test, type Browser, type Page } from '@playwright/test';

import { boxOf, lineOf, make, newTitle, openOn } from './liveSupport';
import { complaintsOf } from './panelSupport';
import { Gateway, OwnServer } from './server';
import { press } from './tasks';

// The page as a service of its own, which passes calls on to the others.
let server: OwnServer;
let gateway: Gateway;
test.beforeAll(async () => {
  server = await OwnServer.make();
  gateway = await Gateway.make(server);
});
test.afterAll(async () => {
  await gateway.end();
  await server.end();
});

const open = (browser: Browser, path: string): Promise<Page> => openOn(gateway, browser, path);

test('given the page as a service of its own when it is worked with then lists, changes of others and files come through it', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  const complaints = complaintsOf(page);
  const [typed, elsewhere] = [newTitle(), newTitle()];
  await press(page, 'q');
  await page.getByRole('textbox', { name: 'What is to be done' }).fill(`${typed} !high`);
  await press(page, 'Enter');
  await expect(lineOf(page, typed)).toBeVisible();
  // What was confirmed is there after a reload.
  await expect(page.locator('summary')).toHaveCount(0);
  await page.reload();
  await expect(lineOf(page, typed)).toBeVisible();

  // Past the gateway: it comes by the stream alone.
  const other = await browser.newContext({ baseURL: server.api });
  const outside = await other.newPage();
  const { id } = await make(outside, { title: elsewhere });
  await expect(lineOf(page, elsewhere)).toBeVisible();
  await boxOf(page, elsewhere).click();
  await expect(lineOf(page, elsewhere)).toBeHidden();
  await expect
    .poll(async () => {
      const answer = await outside.request.get(`/tasks/${id}`);
      return ((await answer.json()) as { status: string }).status;
    })
    .toBe('completed');

  await press(page, 'Shift+e');
  const saved = page.waitForEvent('download');
  await page.getByRole('option', { name: 'JSON Lines' }).click();
  const text = await readFile(await (await saved).path(), 'utf8');
  expect(text).toContain(typed);
  expect(text).toContain(elsewhere);
  expect(complaints).toEqual([]);
});

test('given services that are away when the page is opened then it comes all the same, and goes on once they are there', async ({
  browser,
}) => {
  await server.kill();
  const page = await open(browser, '/all');
  const title = newTitle();
  await expect(page.getByText('Offline', { exact: true }).first()).toBeVisible({ timeout: 30_000 });
  await press(page, 'q');
  await page.getByRole('textbox', { name: 'What is to be done' }).fill(title);
  await press(page, 'Enter');
  await expect(page.locator('summary').filter({ hasText: '1 change' })).toBeVisible();
  await server.start();
  await expect(lineOf(page, title)).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('summary')).toHaveCount(0);
});
