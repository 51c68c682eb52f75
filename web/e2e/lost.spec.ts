import { expect, test, type Browser, type Page } from '@playwright/test';

import { boxOf, expectVersions, lineOf, make, newTitle, openOn, signOf } from './liveSupport';
import { OwnServer } from './server';

let server: OwnServer;
test.beforeAll(async () => {
  server = await OwnServer.make();
});
test.afterAll(() => server.end());

const open = (browser: Browser, path: string): Promise<Page> => openOn(server, browser, path);

test('given a server that is killed in the middle of an edit when it is there again then the edit is made once', async ({
  browser,
}) => {
  const first = await open(browser, '/all');
  const [done, added] = [newTitle(), newTitle()];
  const { id } = await make(first, { title: done });
  await expect(lineOf(first, done)).toBeVisible();
  await server.kill();
  await boxOf(first, done).click();
  await expect(lineOf(first, done)).toBeHidden();
  await first.keyboard.press('q');
  await first.getByRole('textbox', { name: 'What is to be done' }).fill(added);
  await first.keyboard.press('Enter');
  await expect(signOf(first)).toContainText('2 changes');
  // What is on its way survives the page too.
  const context = first.context();
  await first.close();
  await server.start();
  const page = await context.newPage();
  await page.goto('/all');
  await expect(lineOf(page, added)).toBeVisible({ timeout: 60_000 });
  await expect(signOf(page)).toBeHidden();
  await expectVersions(page, id, [1, 2]);
});

test('given a server that is killed when half a description is typed then the rest can be, and is saved once it is there again', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  const title = newTitle();
  const { id } = await make(page, { title });
  await expect(lineOf(page, title)).toBeVisible();
  await page.goto(`/all?task=${id}`);
  const panel = page.getByRole('complementary', { name: 'Task' });
  await panel.getByRole('button', { name: 'Add a description' }).click();
  const field = panel.getByRole('textbox', { name: 'Description, in Markdown' });
  await field.pressSequentially('Half of what');
  await server.kill();
  await expect(page.getByText('Offline', { exact: true }).first()).toBeVisible({ timeout: 30_000 });
  await field.pressSequentially(' is to be said');
  await server.start();
  await expect(page.getByText('Offline', { exact: true })).toHaveCount(0, { timeout: 60_000 });
  await expect(field).toHaveValue('Half of what is to be said');
  // The window is another one: the draft is on the device.
  await page.reload();
  await expect(field).toHaveValue('Half of what is to be said');
  await field.press('Control+Enter');
  const description = panel.getByRole('region', { name: 'Description' });
  await expect(field).toBeHidden();
  await expect(description).toContainText('Half of what is to be said');
  await expectVersions(page, id, [1, 2]);
});

test('given an answer that is lost when a task was changed then the change is sent again under its key, and made once', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  const title = newTitle();
  const { id } = await make(page, { title });
  await expect(lineOf(page, title)).toBeVisible();
  const asked: (string | undefined)[] = [];
  await page.route(`**/tasks/${id}`, async (route) => {
    if (route.request().method() !== 'PATCH') return route.continue();
    asked.push(route.request().headers()['idempotency-key']);
    if (asked.length > 1) return route.continue();
    // The server has done it, and nobody hears of that.
    expect((await route.fetch()).status()).toBe(200);
    return route.abort();
  });
  const answered = page.waitForResponse(
    (answer) => answer.request().method() === 'PATCH' && answer.url().endsWith(id),
  );
  await boxOf(page, title).click();
  await expect(lineOf(page, title)).toBeHidden();
  expect((await answered).headers().etag).toBe('"2"');
  expect(asked).toHaveLength(2);
  expect(asked[0]).toBeTruthy();
  expect(asked[1]).toBe(asked[0]);
  await expect(signOf(page)).toBeHidden();
  await expect(lineOf(page, title)).toBeHidden();
  await expectVersions(page, id, [1, 2]);
});
