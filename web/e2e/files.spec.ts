import { readFile } from 'node:fs/promises';

import { expect, test, type Page } from '@playwright/test';

import { axe, linkOf, LOOKS, makeTasks, newWord, press } from './tasks';

interface Dropped {
  name: string;
  text: string;
}

/** Drops a file on the page, as from outside of the browser. */
async function drop(page: Page, file: Dropped): Promise<void> {
  await page.evaluate(({ name, text }) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], name));
    const target = document.querySelector('main') ?? document.body;
    for (const type of ['dragover', 'drop'])
      target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
  }, file);
}

/** Says whether the page takes what is above it: what is dropped on one that does not, the browser opens. */
const takesDrops = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([''], 'any'));
    const fire = (type: string) =>
      document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
    const isTaken = !fire('dragover');
    fire('dragleave');
    return isTaken;
  });

/** The page listens for drops once it has come to rest. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect.poll(() => takesDrops(page)).toBe(true);
}

const calendar = (word: string) =>
  [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//e2e//EN'],
    ...['BEGIN:VTODO', `UID:${word}-1`, `SUMMARY:Tax ${word}`, `CATEGORIES:${word}`, 'DUE:20901203T170000Z'],
    ...['GEO:52.52;13.405', 'BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER;RELATED=END:-PT30M', 'END:VALARM'],
    ...[
      'END:VTODO',
      'BEGIN:VTODO',
      `UID:${word}-2`,
      `SUMMARY:Call ${word}`,
      `CATEGORIES:${word}`,
      'END:VTODO',
    ],
    ...['END:VCALENDAR', ''],
  ].join('\r\n');

test('given a calendar when it is dropped on the page then its tasks come in once, with what was not carried', async ({
  page,
}) => {
  const word = newWord();
  await open(page, `/tag/${word}`);
  await drop(page, { name: 'mine.ics', text: calendar(word) });
  const dialog = page.getByRole('dialog', { name: 'Import tasks' });
  await expect(dialog).toContainText('2 imported, 1 reminder');
  await dialog.getByText('Not carried').click();
  await expect(dialog).toContainText('GEO “52.52;13.405”');
  expect(await axe(page)).toEqual([]);
  const saved = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save the report' }).click();
  expect((await saved).suggestedFilename()).toBe('mine.ics.report.txt');
  await press(page, 'Escape');
  await expect(linkOf(page, `Tax ${word}`)).toBeVisible();
  await expect(linkOf(page, `Call ${word}`)).toBeVisible();

  await drop(page, { name: 'mine.ics', text: calendar(word) });
  await expect(dialog).toContainText('0 imported, 2 already there');
});

test('given lines of which some are wrong when they are dropped then those are refused with their lines', async ({
  page,
}) => {
  const word = newWord();
  await open(page, `/tag/${word}`);
  const good = Array.from({ length: 1200 }, (_, at) => JSON.stringify({ title: `Line ${at}`, tags: [word] }));
  good.splice(700, 0, '{"title":""}', 'no json');
  await drop(page, { name: 'lines', text: `${good.join('\n')}\n` });
  const dialog = page.getByRole('dialog', { name: 'Import tasks' });
  await expect(dialog).toContainText('1,200 imported, 2 refused', { timeout: 30_000 });
  await expect(dialog).toContainText('line 701');
  await expect(dialog).toContainText('line 702');
});

test('given a file that does not say what it is when it is chosen by the keyboard then the page asks', async ({
  page,
}) => {
  await page.goto('/all');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await press(page, 'Control+k');
  await expect(page.getByRole('combobox', { name: 'Find anything' })).toBeFocused();
  await page.keyboard.type('import');
  await expect(page.getByRole('option', { name: 'Import files' })).toBeVisible();
  await press(page, 'Enter');
  const dialog = page.getByRole('dialog', { name: 'Import tasks' });
  await expect(dialog).toBeVisible();
  await dialog
    .getByLabel('Choose files')
    .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('what\nx\n') });
  await dialog.getByLabel('What notes.txt is').selectOption('csv');
  expect(await axe(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(dialog.getByRole('alert')).toContainText('no heading TITLE');
});

test('given tasks when they are exported then the file has them, as each of its kinds', async ({
  page,
  request,
}) => {
  const tag = newWord();
  await makeTasks(request, tag, [`Task ${tag}`]);
  await page.goto(`/tag/${tag}`);
  await linkOf(page, `Task ${tag}`).waitFor();
  for (const [words, ending] of [
    ['JSON Lines', 'jsonl'],
    ['iCalendar', 'ics'],
    ['Table', 'csv'],
  ] as const) {
    await press(page, 'Shift+e');
    const saved = page.waitForEvent('download');
    await page.getByRole('option', { name: words }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toMatch(new RegExp(`^tasklog-.*\\.${ending}$`));
    expect(await readFile(await download.path(), 'utf8')).toContain(`Task ${tag}`);
  }
});

for (const { scheme, name, viewport } of LOOKS)
  test(`given the ${scheme} theme on ${name} when files come in and all tasks go out then axe finds nothing`, async ({
    page,
  }, info) => {
    const word = newWord();
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await open(page, `/tag/${word}`);
    await drop(page, { name: 'mine.ics', text: calendar(word) });
    const dialog = page.getByRole('dialog', { name: 'Import tasks' });
    await expect(dialog).toContainText('2 imported');
    await dialog.getByText('Not carried').click();
    const lines = ['{"title":""}', '{"title":"","tags":"none"}'];
    await drop(page, { name: 'lines.jsonl', text: lines.join('\n') });
    await expect(dialog).toContainText('0 imported, 2 refused');
    await drop(page, { name: 'notes.txt', text: 'what\n' });
    await expect(dialog.getByLabel('What notes.txt is')).toBeVisible();
    await page.screenshot({ path: info.outputPath(`import-${scheme}.png`) });
    expect(await axe(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
    await press(page, 'Escape');
    await expect(dialog).toBeHidden();
    await press(page, 'Shift+e');
    await expect(page.getByRole('option', { name: 'iCalendar' })).toBeVisible();
    await page.screenshot({ path: info.outputPath(`export-${scheme}.png`) });
    expect(await axe(page)).toEqual([]);
  });
