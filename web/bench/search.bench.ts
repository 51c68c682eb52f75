import { expect, test, type APIRequestContext, type BrowserContext, type Page } from '@playwright/test';

import { figure, percentile, times } from './figures';
import { bringClock, LINES } from './probe';

/** Titles of which each key counts, and letters of each that are typed. */
const [TITLES, LETTERS] = [20, 14];
/** Titles of which the last key counts. */
const TYPED_TITLES = 60;
/** What the first titles find is not counted. */
const WARM_UP_TITLES = 2;
/** What a title found is there; it comes much sooner. */
const SETTLED_MS = 500;
/** From one key of a typist to the next. */
const TYPING_MS = 120;

const SHOWN = { p95: 120 };

interface Typed {
  words: string;
  at: number;
}

type Lines = Window['probe']['lines'];

/** Titles from all over the list: of each order every so many'th. */
async function titles(request: APIRequestContext, every: number, from: number): Promise<string[]> {
  const found: string[] = [];
  for (const sort of ['created_at', '-created_at', 'title', '-title', 'due', 'priority']) {
    const answer = await request.get('/tasks', { params: { limit: 200, sort } });
    const { items } = (await answer.json()) as { items: { title: string }[] };
    const words = items.map(({ title }) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z ]+/g, ' ')
        .replaceAll(/ +/g, ' '),
    );
    const long = words.map((title) => title.trim()).filter((title) => title.length >= LETTERS);
    found.push(...long.filter((_, at) => at % every === from));
  }
  return found;
}

const distinct = (words: readonly string[], count: number): string[] =>
  [...new Set(words)].slice(0, WARM_UP_TITLES + count);

/** A title until a letter or two into its second or third word, where what it finds changes most. */
function untilInto(title: string, at: number): string {
  const [word, letters] = [1 + (at % 2), 1 + (Math.floor(at / 2) % 2)];
  const words = title.split(' ');
  return [...words.slice(0, word), words[word]?.slice(0, letters) ?? ''].join(' ').trim();
}

/** The tasks that words find, as the page asks for them. */
async function found(request: APIRequestContext, words: string): Promise<string[]> {
  const query = `q=${encodeURIComponent(words)}&status=pending&status=in_progress&limit=50&total=true`;
  const answer = await request.get(`/tasks?${query}`);
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return items.slice(0, LINES).map(({ id }) => id);
}

/** Opens the list of all, with the cursor where its words are typed. */
async function open(context: BrowserContext, page: Page): Promise<void> {
  await bringClock(context);
  await page.goto('/all');
  await page.locator('[data-task]').first().waitFor();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox')).toBeFocused();
}

/** Types words, a key after so long, whatever the page is busy with; the times of the keys. */
async function type(page: Page, words: string, pauseMs: number): Promise<Typed[]> {
  await page.getByRole('searchbox').fill('');
  await page.waitForTimeout(SETTLED_MS);
  const presses: Promise<void>[] = [];
  for (const letter of words) {
    presses.push(page.keyboard.press(letter === ' ' ? 'Space' : letter));
    await page.waitForTimeout(pauseMs);
  }
  await Promise.all(presses);
  await page.waitForTimeout(SETTLED_MS);
  const pressed = await page.evaluate((count) => window.probe.keys.slice(-count), words.length);
  return pressed.map((at, key) => ({ words: words.slice(0, key + 1), at }));
}

/** From a key until what its words find was at the top; `null` where that was there before. */
async function waitAfter(request: APIRequestContext, lines: Lines, key: Typed): Promise<number | null> {
  const expected = (await found(request, key.words.trim())).join();
  if (expected === lines.findLast((line) => line.at <= key.at)?.ids.join()) return null;
  const shown = lines.find(
    (line) => line.at > key.at && line.at < key.at + SETTLED_MS && line.ids.join() === expected,
  );
  expect(shown, `results of “${key.words}” within ${SETTLED_MS} ms`).toBeDefined();
  return (shown?.at ?? NaN) - key.at;
}

/** Each key that finds other tasks at the top than the one before is a measurement; what the server finds is asked for afterwards. */
test('search: a key, and its results', async ({ context, page, request }) => {
  await open(context, page);
  const beginnings = (await titles(request, 40, 0)).map((title) => title.slice(0, LETTERS));
  const typed: Typed[] = [];
  for (const [at, words] of distinct(beginnings, TITLES).entries()) {
    const keys = await type(page, words, SETTLED_MS);
    if (at >= WARM_UP_TITLES) typed.push(...keys.filter((key) => !key.words.endsWith(' ')));
  }
  const lines = await page.evaluate(() => window.probe.lines);

  const waits: number[] = [];
  for (const key of typed) {
    const wait = await waitAfter(request, lines, key);
    if (wait !== null) waits.push(wait);
  }
  figure('search.keys', waits.length, 'keys', { atLeast: 40 });
  times('search.shown', waits, SHOWN);
});

/** The answers of keys overtake one another or are given up; what the last key finds has to be there in the same time. */
test('search: the last key of somebody who types, and its results', async ({ context, page, request }) => {
  await open(context, page);
  const typed: Typed[][] = [];
  for (const [at, words] of distinct((await titles(request, 10, 5)).map(untilInto), TYPED_TITLES).entries()) {
    const keys = await type(page, words, TYPING_MS);
    if (at >= WARM_UP_TITLES) typed.push(keys);
  }
  const lines = await page.evaluate(() => window.probe.lines);

  const waits: number[] = [];
  for (const keys of typed) {
    const [before, last] = keys.slice(-2);
    if (!before || !last) continue;
    const [other, own] = [await found(request, before.words.trim()), await found(request, last.words)];
    const end = lines.findLast((line) => line.at < last.at + SETTLED_MS);
    expect(end?.ids, `what “${last.words}” found stays`).toEqual(own);
    // What the key before finds too may have come by that one's answer.
    if (other.join() === own.join()) continue;
    const wait = await waitAfter(request, lines, last);
    if (wait !== null) waits.push(wait);
  }
  const pauses = typed.flatMap((keys) => keys.slice(1).map(({ at }, key) => at - (keys[key]?.at ?? NaN)));
  figure('search.typed.between-keys.p50', percentile(pauses, 50), 'ms');
  figure('search.typed.between-keys.p95', percentile(pauses, 95), 'ms');
  figure('search.typed.titles', waits.length, 'titles', { atLeast: 30 });
  times('search.typed.shown', waits, SHOWN);
});
