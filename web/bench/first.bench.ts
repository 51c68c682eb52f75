import { expect, test, type Browser } from '@playwright/test';

import { figure, times } from './figures';
import { bringClock, SERVER } from './probe';

const LOADS = 40;
/** Loads that are not counted: they warm the server and the browser's own process. */
const WARM_UP = 5;

interface Loaded {
  /** When the first task was painted, from the beginning of the navigation. */
  list: number;
  /** Bytes of JavaScript as they came over the network: until then, and until the page came to rest. */
  bytes: { first: number; all: number };
}

/** Opens a list in a browser that has nothing of the page yet. */
async function load(browser: Browser, path: string): Promise<Loaded> {
  const context = await browser.newContext({ baseURL: SERVER });
  await bringClock(context);
  const page = await context.newPage();
  await page.goto(path, { waitUntil: 'commit' });
  const painted = await page.waitForFunction(() => {
    const shown = window.probe.lines.find(({ ids }) => ids.length > 0);
    return shown && Number.isFinite(shown.at) ? shown.at : null;
  });
  const list = (await painted.jsonValue()) ?? NaN;
  // What is loaded when the page has come to rest.
  await page.waitForTimeout(1_000);
  const bytes = await page.evaluate((until) => {
    const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const scripts = entries.filter(({ name }) => new URL(name).pathname.endsWith('.js'));
    const sum = (some: PerformanceResourceTiming[]) =>
      some.reduce((total, { encodedBodySize }) => total + encodedBodySize, 0);
    return { first: sum(scripts.filter(({ startTime }) => startTime < until)), all: sum(scripts) };
  }, list);
  await context.close();
  return { list, bytes };
}

for (const { name, path } of [
  { name: 'all', path: '/all' },
  { name: 'today', path: '/today' },
]) {
  test(`first list: ${path}`, async ({ browser }) => {
    const loaded: Loaded[] = [];
    for (let count = 0; count < WARM_UP + LOADS; count += 1) loaded.push(await load(browser, path));
    const counted = loaded.slice(WARM_UP);
    const lists = counted.map(({ list }) => list);
    expect(lists.every(Number.isFinite)).toBe(true);
    times(`first-list.${name}`, lists, { p50: 500 });
    if (name !== 'all') return;
    const most = (which: 'first' | 'all') => Math.max(...counted.map(({ bytes }) => bytes[which])) / 1000;
    figure('javascript.first-view', most('first'), 'kB', { atMost: 150 });
    figure('javascript.with-what-follows', most('all'), 'kB');
  });
}
