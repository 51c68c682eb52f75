import { expect, test, type Page } from '@playwright/test';

import { figure, percentile } from './figures';

const TASKS = 100_000;
/** A long while of scrolling, at 60 frames a second. */
const FRAMES = 1_500;
const FRAME_MS = 50;
const HEAP_MB = 150;

interface Scrolled {
  /** Between two frames, in milliseconds. */
  gaps: number[];
  /** What the browser itself calls long, over 50 ms. */
  long: number[];
  /** Frames that were painted without a line in the middle of the list. */
  blank: number;
}

/**
 * Scrolls in the page, frame by frame: by a step each, or to a place anywhere in the list. It does so between frames, as what a person does
 * comes to a page: the next frame hears of it before it is painted, and has the time until then to put lines there.
 */
function scroll(page: Page, how: { step: number } | { places: readonly number[] }): Promise<Scrolled> {
  return page.evaluate(
    async ({ how, frames }) => {
      const scroller = document.querySelector('[role="list"]')?.parentElement;
      if (!scroller) throw new Error('there is no list');
      const long: number[] = [];
      const observer = new PerformanceObserver((list) => {
        long.push(...list.getEntries().map(({ duration }) => duration));
      });
      observer.observe({ type: 'long-animation-frame' });
      const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
      const { port1, port2 } = new MessageChannel();
      const painted = () =>
        new Promise((resolve) => {
          port1.onmessage = resolve;
          port2.postMessage(null);
        });
      const { x, y, width, height } = scroller.getBoundingClientRect();
      const isBlank = () =>
        !document.elementFromPoint(x + width / 2, y + height / 2)?.closest('[role="listitem"]');
      let blank = 0;
      const gaps: number[] = [];
      const count = 'places' in how ? how.places.length * 10 : frames;
      await frame();
      let last = await frame();
      for (let at = 0; at < count; at += 1) {
        await painted();
        if ('step' in how) scroller.scrollTop += how.step;
        else if (at % 10 === 0) scroller.scrollTop = (how.places[at / 10] ?? 0) * scroller.scrollHeight;
        const now = await frame();
        gaps.push(now - last);
        last = now;
        if (isBlank()) blank += 1;
      }
      port1.close();
      await new Promise((resolve) => setTimeout(resolve, 200));
      observer.disconnect();
      return { gaps, long, blank };
    },
    { how, frames: FRAMES },
  );
}

/** Goes to the last task that was read, again and again, until all were. */
async function readAll(page: Page): Promise<void> {
  const last = page.locator(`[aria-posinset="${TASKS}"]`);
  await expect(async () => {
    for (let press = 0; press < 20; press += 1) await page.keyboard.press('End');
    expect(await last.count()).toBe(1);
  }).toPass({ intervals: [0], timeout: 600_000 });
}

/** What JavaScript holds, after everything that nobody uses was collected. */
async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  for (let time = 0; time < 3; time += 1) await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number };
  await session.detach();
  return usedSize / 1e6;
}

function report(name: string, { gaps, long, blank }: Scrolled): void {
  figure(`scroll.${name}.frame.p50`, percentile(gaps, 50), 'ms');
  figure(`scroll.${name}.frame.p99`, percentile(gaps, 99), 'ms');
  figure(`scroll.${name}.frame.max`, Math.max(...gaps), 'ms', { atMost: FRAME_MS });
  figure(`scroll.${name}.long-frames`, long.length, 'frames', { atMost: 0 });
  figure(`scroll.${name}.blank-frames`, blank, 'frames', { atMost: 0 });
}

test(`scroll: ${TASKS} tasks`, async ({ page }) => {
  await page.goto('/all?status=any');
  await page.locator('[data-task]').first().waitFor();
  const began = Date.now();
  await readAll(page);
  figure('scroll.read-all', (Date.now() - began) / 1000, 's');
  figure('scroll.heap', await heapMb(page), 'MB', { atMost: HEAP_MB });
  figure('scroll.elements', await page.evaluate(() => document.querySelectorAll('*').length), 'elements');

  // A wheel that is turned fast; a finger that flings; the bar at the side, drawn to and fro.
  report('up-slow', await scroll(page, { step: -120 }));
  report('up-fast', await scroll(page, { step: -2_400 }));
  report('down-fast', await scroll(page, { step: 2_400 }));
  const places = Array.from({ length: 100 }, (_, at) => ((at * 61) % 100) / 100);
  report('jumps', await scroll(page, { places }));
  figure('scroll.heap-afterwards', await heapMb(page), 'MB', { atMost: HEAP_MB });
});
