import { expect, test, type APIRequestContext, type Page } from '@playwright/test';

import { figure, times } from './figures';
import { bringClock, LINES, PRESSED, timesOf } from './probe';

const TITLES = 20;
/** Letters of a title that are typed. */
const LETTERS = 14;
/** What the first titles find is not counted. */
const WARM_UP_TITLES = 2;
/** After each key the results are waited for; they come much sooner. */
const SETTLED_MS = 500;

interface Typed {
  words: string;
  at: number;
}

/** Beginnings of titles, from all over the list. */
async function beginnings(request: APIRequestContext): Promise<string[]> {
  const found = new Set<string>();
  for (const sort of ['created_at', '-created_at', 'title', '-title', 'due', 'priority']) {
    const answer = await request.get('/tasks', { params: { limit: 200, sort } });
    const { items } = (await answer.json()) as { items: { title: string }[] };
    const words = items.map(({ title }) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z ]+/g, ' ')
        .replaceAll(/ +/g, ' '),
    );
    const long = words
      .map((title) => title.trim().slice(0, LETTERS))
      .filter((title) => title.length === LETTERS);
    // Some of each order.
    long.filter((_, at) => at % 40 === 0).forEach((title) => found.add(title));
  }
  return [...found].slice(0, TITLES + WARM_UP_TITLES);
}

/** The tasks that words find, as the page asks for them. */
async function found(request: APIRequestContext, words: string): Promise<string[]> {
  const query = `q=${encodeURIComponent(words)}&status=pending&status=in_progress&limit=50&total=true`;
  const answer = await request.get(`/tasks?${query}`);
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return items.slice(0, LINES).map(({ id }) => id);
}

/** Types words a key at a time; the times of the keys. */
async function type(page: Page, words: string): Promise<Typed[]> {
  const typed: Typed[] = [];
  await page.getByRole('searchbox').fill('');
  await page.waitForTimeout(SETTLED_MS);
  for (let at = 0; at < words.length; at += 1) {
    await page.evaluate(() => window.probe.watch({}));
    await page.keyboard.press(words.charAt(at) === ' ' ? 'Space' : words.charAt(at));
    typed.push({ words: words.slice(0, at + 1), at: (await timesOf(page))[PRESSED] ?? NaN });
    await page.waitForTimeout(SETTLED_MS);
  }
  return typed;
}

/** Each key that finds other tasks at the top than the one before is a measurement; what the server finds is asked for afterwards. */
test('search: a key, and its results', async ({ context, page, request }) => {
  await bringClock(context);
  await page.goto('/all');
  await page.locator('[data-task]').first().waitFor();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox')).toBeFocused();
  const typed: (Typed & { counts: boolean })[] = [];
  for (const [at, words] of (await beginnings(request)).entries()) {
    const keys = await type(page, words);
    typed.push(...keys.map((key) => ({ ...key, counts: at >= WARM_UP_TITLES })));
  }
  const lines = await page.evaluate(() => window.probe.lines);

  const waits: number[] = [];
  for (const { words, at, counts } of typed) {
    const expected = (await found(request, words.trim())).join();
    const before = lines.findLast((line) => line.at <= at)?.ids.join();
    if (!counts || expected === before || words.endsWith(' ')) continue;
    const shown = lines.find(
      (line) => line.at > at && line.at < at + SETTLED_MS && line.ids.join() === expected,
    );
    expect(shown, `results of “${words}” within ${SETTLED_MS} ms`).toBeDefined();
    waits.push((shown?.at ?? NaN) - at);
  }
  figure('search.keys', waits.length, 'keys', { atLeast: 40 });
  times('search.shown', waits, { p95: 120 });
});
