import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test';

import { times } from './figures';
import { bringClock, cursorOf, PRESSED, SERVER, timesOf } from './probe';

const CHANGES = 60;
const WARM_UP = 5;
const PAUSE_MS = 300;

const SHOWN = { p95: 200 };

/** A change, up to the key that makes it. */
interface Change {
  key: string;
  /** The lines that it is looked for in, and the words that then stand in one of them, or `gone`: in none any more. */
  shown: { lines: string; words: string; gone: boolean };
}

interface Kind {
  name: string;
  /** The list that both windows show. */
  path: string;
  /** Has the keyboard of one window stand where changes are made. */
  begin: (one: Page, other: Page) => Promise<void>;
  change: (one: Page, count: number) => Promise<Change>;
}

const lineOf = (id: string): string => `[data-task="${id}"]`;
const newTitle = (): string => `Measure ${crypto.randomUUID()}`;

const completed: Kind = {
  name: 'completed',
  path: '/all',
  begin: (one) => one.keyboard.press('j'),
  change: async (one) => {
    const { id } = await cursorOf(one);
    return { key: 'e', shown: { lines: lineOf(id), words: '', gone: true } };
  },
};

const added: Kind = {
  name: 'added',
  path: '/all?sort=-created_at',
  begin: () => Promise.resolve(),
  change: async (one) => {
    const [title, field] = [newTitle(), one.getByRole('textbox', { name: 'What is to be done' })];
    await expect(field).toBeHidden();
    await one.keyboard.press('q');
    await expect(field).toBeFocused();
    await one.keyboard.type(title);
    return { key: 'Enter', shown: { lines: '[data-task]', words: title, gone: false } };
  },
};

/** A time of day: the event does not say which instant that is, and so the other window has to read the task. */
const due: Kind = {
  name: 'due',
  path: '/all?sort=-created_at',
  begin: async (one, other) => {
    const time_zone = await one.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
    const data = { title: newTitle(), due_at: '2031-01-01T12:00:00', time_zone };
    const made = await one.request.post('/tasks', { data });
    expect(made.status()).toBe(201);
    const { id } = (await made.json()) as { id: string };
    for (const page of [one, other]) await page.locator(lineOf(id)).waitFor();
    await one.keyboard.press('j');
    expect((await cursorOf(one)).id).toBe(id);
  },
  change: async (one, count) => {
    const [{ id }, words] = [await cursorOf(one), count % 2 === 0 ? 'Today' : 'Tomorrow'];
    const field = one.getByRole('dialog').getByRole('combobox');
    await expect(field).toBeHidden();
    await one.keyboard.press('d');
    await expect(field).toBeFocused();
    await one.keyboard.type(words);
    await expect(one.getByRole('option')).toHaveCount(1);
    return { key: 'Enter', shown: { lines: lineOf(id), words, gone: false } };
  },
};

const KINDS = [completed, added, due];

/** Opens a window; a further one stands beside the first, since a tab behind another one is painted once a second. */
function open(context: BrowserContext): Promise<Page> {
  const [first] = context.pages();
  return first ? beside(first) : context.newPage();
}

async function beside(first: Page): Promise<Page> {
  const [page] = await Promise.all([
    first.context().waitForEvent('page'),
    first.evaluate(() => void window.open('about:blank', '_blank', 'noopener,popup,width=1280,height=800')),
  ]);
  return page;
}

/** Has a window show a list. */
async function show(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('[data-task]').first().waitFor();
  // It follows the stream.
  await page.waitForTimeout(2_000);
}

/** The clocks of two pages, brought together: each counts from its own beginning, whose time it knows. */
async function wallTimes(page: Page): Promise<Record<string, number>> {
  const [times, origin] = [await timesOf(page), await page.evaluate(() => performance.timeOrigin)];
  return Object.fromEntries(Object.entries(times).map(([name, at]) => [name, origin + at]));
}

/** Has a window look for a change, from the next press of a key on, or from now on. */
async function watch(page: Page, shown: Change['shown'], from: 'key' | 'now'): Promise<void> {
  await page.evaluate(
    ({ shown: { lines, words, gone }, from }) => {
      const isThere = () =>
        [...document.querySelectorAll(lines)].some(({ textContent }) => textContent.includes(words));
      window.probe.watch({ shown: () => isThere() !== gone }, from);
    },
    { shown, from },
  );
}

/** Makes changes of a kind in one window by a key, until each is shown in the other. */
async function measure(one: Page, other: Page, kind: Kind): Promise<number[]> {
  for (const page of [one, other]) await show(page, kind.path);
  const waits: number[] = [];
  await kind.begin(one, other);
  for (let count = 0; count < WARM_UP + CHANGES; count += 1) {
    const { key, shown } = await kind.change(one, count);
    await watch(one, shown, 'key');
    await watch(other, shown, 'now');
    await one.keyboard.press(key);
    const [pressed, seen] = [(await wallTimes(one))[PRESSED], (await wallTimes(other)).shown];
    if (count >= WARM_UP) waits.push((seen ?? NaN) - (pressed ?? NaN));
    await one.waitForTimeout(PAUSE_MS);
  }
  expect(waits.every(Number.isFinite)).toBe(true);
  return waits;
}

for (const kind of KINDS) {
  test(`windows: two of one browser, a task is ${kind.name}`, async ({ context }) => {
    await bringClock(context);
    const [one, other] = [await open(context), await open(context)];
    times(`windows.of-one-browser.${kind.name}`, await measure(one, other, kind), SHOWN);
  });

  test(`windows: of two browsers, a task is ${kind.name}`, async ({ browser }) => {
    const [one, other] = [await apart(browser), await apart(browser)];
    times(`windows.of-two-browsers.${kind.name}`, await measure(one, other, kind), SHOWN);
    for (const page of [one, other]) await page.context().close();
  });
}

/** A window of a browser of its own. */
async function apart(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: SERVER });
  await bringClock(context);
  return open(context);
}
