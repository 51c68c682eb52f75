import { readFile } from 'node:fs/promises';

import { expect, test, type Browser, type Page } from '@playwright/test';

import { PAGE_OF_ITS_OWN } from './binary';
import { boxOf, expectVersions, lineOf, make, newTitle, openOn, signOf } from './liveSupport';
import { complaintsOf } from './panelSupport';
import { Gateway, OwnServer } from './server';
import { press } from './tasks';

// The page as a service of its own, which passes calls on to the others. It serves the page that the binary carries.
test.skip(PAGE_OF_ITS_OWN, 'what is tried is another page');
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

test('given services that are away when something is done and the page is opened anew then both are made good once they are there', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  const [done, left] = [newTitle(), newTitle()];
  const { id } = await make(page, { title: done });
  await make(page, { title: left });
  await expect(lineOf(page, done)).toBeVisible();
  await expect(lineOf(page, left)).toBeVisible();
  await server.kill();
  await boxOf(page, done).click();
  await expect(lineOf(page, done)).toBeHidden();
  // The gateway answers, and says that those behind it do not.
  await expect(signOf(page)).toContainText('Offline, 1 change kept', { timeout: 15_000 });
  // The page itself is the gateway's own.
  const late = await open(browser, '/all');
  await server.start();
  await expect(signOf(page)).toHaveCount(0, { timeout: 60_000 });
  await expectVersions(page, id, [1, 2]);
  await expect(lineOf(late, left)).toBeVisible({ timeout: 60_000 });
  await expect(lineOf(late, done)).toBeHidden();
});
