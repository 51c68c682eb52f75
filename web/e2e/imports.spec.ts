import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect, test, type Browser, type Locator, type Page } from '@playwright/test';

import { openOn } from './liveSupport';
import { OwnServer } from './server';
import { linkOf, newWord, press } from './tasks';

// Of its own: the files have tasks of many days.
let server: OwnServer;
test.beforeAll(async () => {
  server = await OwnServer.make();
});
test.afterAll(() => server.end());

const FOLDER = path.join(import.meta.dirname, '..', '..', 'formats', 'testdata');

interface Given {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** Opens the window in which files are chosen. */
async function openImport(browser: Browser): Promise<{ page: Page; dialog: Locator }> {
  const page = await openOn(server, browser, '/all');
  await press(page, 'i');
  const dialog = page.getByRole('dialog', { name: 'Import tasks' });
  await expect(dialog).toBeVisible();
  return { page, dialog };
}

const choose = (dialog: Locator, file: Given): Promise<void> =>
  dialog.getByLabel('Choose files').setInputFiles(file);

const linesOf = (word: string, count: number): Given => {
  const lines = Array.from({ length: count }, (_, at) =>
    JSON.stringify({ title: `Line ${at}`, tags: [word] }),
  );
  return { name: `${word}.jsonl`, mimeType: 'application/x-ndjson', buffer: Buffer.from(lines.join('\n')) };
};

for (const { kind, file, counts, says, title } of [
  { kind: 'our own table', file: 'tasklog.csv', counts: '4 imported', says: null, title: 'Spring cleaning' },
  {
    kind: 'a table of Todoist',
    file: 'todoist-project.csv',
    counts: '6 imported',
    says: 'jeden zweiten Dienstag',
    title: 'Call the accountant',
  },
  {
    kind: 'what Taskwarrior exports',
    file: 'taskwarrior-2.6.json',
    counts: '9 imported',
    says: 'ACME',
    title: 'Write report',
  },
])
  test(`given ${kind} when it is chosen, and again compressed, then its tasks are there, and once`, async ({
    browser,
  }) => {
    const { page, dialog } = await openImport(browser);
    const buffer = await readFile(path.join(FOLDER, file));
    const mimeType = 'application/octet-stream';
    await choose(dialog, { name: file, mimeType, buffer });
    await expect(dialog.getByRole('listitem').filter({ hasText: file }).first()).toContainText(counts);
    if (says !== null) {
      await dialog.getByText('Not carried').click();
      await expect(dialog).toContainText(says);
    }
    await choose(dialog, { name: `${file}.gz`, mimeType, buffer: gzipSync(buffer) });
    await expect(dialog.getByRole('heading', { name: `${file}.gz` })).toBeVisible();
    await expect(dialog).toContainText(`0 imported, ${counts.replace('imported', 'already there')}`);
    await page.goto(`/all?status=any&q=${encodeURIComponent(title)}`);
    await expect(linkOf(page, title)).toHaveCount(1);
  });

/** Holds what is imported after so many requests, until what it returns is called. */
async function hold(page: Page, after: number): Promise<() => void> {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let asked = 0;
  await page.route('**/tasks/import?*', async (route) => {
    asked += 1;
    if (asked > after) await held;
    // It may have been given up meanwhile.
    await route.continue().catch(() => undefined);
  });
  return () => release();
}

test('given a long file when its import is under way then it says how far it is, and is stopped where it is', async ({
  browser,
}) => {
  const { page, dialog } = await openImport(browser);
  const word = newWord();
  const release = await hold(page, 2);
  await choose(dialog, linesOf(word, 1_200));
  const bar = dialog.getByRole('progressbar', { name: `Import of ${word}.jsonl` });
  await expect(bar).toBeVisible();
  await expect(dialog).toContainText('1,000 imported');
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await expect(dialog).toContainText('1,000 imported; stopped before its end');
  await expect(bar).toHaveCount(0);
  release();
  await press(page, 'Escape');
  await page.goto(`/tag/${word}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${word}1,000`);

  // What is in already is not made again.
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await press(page, 'i');
  await choose(dialog, linesOf(word, 1_200));
  await expect(dialog).toContainText('200 imported, 1,000 already there', { timeout: 30_000 });
});

test('given an import under way when the page is left then the browser asks, and no more once it is over', async ({
  browser,
}) => {
  const { page, dialog } = await openImport(browser);
  const word = newWord();
  const release = await hold(page, 0);
  await choose(dialog, linesOf(word, 3));
  await expect(dialog.getByRole('progressbar')).toBeVisible();
  // A browser asks only where somebody has done something.
  await dialog.getByText('Or drop them anywhere').click();
  const asked = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const question = await asked;
  expect(question.type()).toBe('beforeunload');
  await question.dismiss();
  release();
  await expect(dialog).toContainText('3 imported');

  let questions = 0;
  page.on('dialog', (other) => {
    questions += 1;
    void other.accept();
  });
  const closed = page.waitForEvent('close');
  await page.close({ runBeforeUnload: true });
  await closed;
  expect(questions).toBe(0);
});
