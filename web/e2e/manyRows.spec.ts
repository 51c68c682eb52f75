import { expect, test, type Page } from '@playwright/test';

const TASKS = 100_000;
/** So many come at once after the first page, more than the server gives, which would take five hundred answers. */
const PAGE = 4_000;
/** Lines that may be there at once: those that are seen, and some around them. */
const LINES_MAX = 80;
/** A list whose end has not come nearer for so long does not read on. */
const STUCK_MS = 10_000;

/**
 * Answers for the server, page by page as it does: making so many tasks takes it a minute, and what is tried is the page. On a real one the
 * same is measured by `make bench NAME=web`.
 */
async function answerWithMany(page: Page): Promise<void> {
  // What others do has no place among them.
  await page.route(/\/events/, () => undefined);
  await page.route(/\/tasks\?/, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    const from = Number(query.get('cursor') ?? 0);
    const length = Math.min(from === 0 ? Number(query.get('limit')) : PAGE, TASKS - from);
    const items = Array.from({ length }, (_, at) => taskOf(from + at + 1));
    const next = from + items.length;
    const json = {
      items,
      next_cursor: next < TASKS ? String(next) : null,
      total: TASKS,
      total_is_exact: true,
    };
    await route.fulfill({ json });
  });
}

const taskOf = (number: number) => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  title: `Post letter ${number}`,
  description: '',
  status: 'pending',
  priority: 'none',
  tags: ['post'],
  due_date: null,
  due_at: null,
  time_zone: null,
  due_utc: null,
  recurrence_pattern: null,
  series_id: null,
  parent_id: null,
  rank: null,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  completed_at: null,
  version: 1,
});

/**
 * Scrolls to the end of what was read, at each frame, until the last task is there or nothing more comes; the most lines that were there at
 * once, and the last place that was. More lines than may be there are enough to know.
 */
function scrollToTheEnd(page: Page): Promise<{ most: number; last: number }> {
  return page.evaluate(
    async ([tasks, enough, patience]) => {
      const scroller = document.querySelector('[role="list"]')?.parentElement;
      let [most, last, since] = [0, 0, performance.now()];
      while (scroller && most <= enough && last < tasks && performance.now() - since < patience) {
        scroller.scrollTop = scroller.scrollHeight;
        await new Promise(requestAnimationFrame);
        most = Math.max(most, document.querySelectorAll('[role="listitem"]').length);
        for (const line of document.querySelectorAll('[aria-posinset]')) {
          const place = Number(line.getAttribute('aria-posinset'));
          if (place > last) [last, since] = [place, performance.now()];
        }
      }
      return { most, last };
    },
    [TASKS, LINES_MAX, STUCK_MS] as const,
  );
}

/** What is in sight from top to bottom: at each height the place that its line says it has, and what it says of its task. */
function seen(page: Page): Promise<{ place: number; words: string }[]> {
  return page.evaluate(() => {
    const scroller = document.querySelector('[role="list"]')?.parentElement;
    const { left, top, bottom, width } = scroller?.getBoundingClientRect() ?? new DOMRect();
    const found: { place: number; words: string }[] = [];
    for (let y = top + 1; y < bottom; y += 1) {
      const line = document.elementFromPoint(left + width / 2, y)?.closest('[role="listitem"]');
      const place = Number(line?.getAttribute('aria-posinset') ?? 0);
      if (place !== found.at(-1)?.place) found.push({ place, words: line?.textContent ?? '' });
    }
    return found;
  });
}

test('given 100,000 tasks when the list is scrolled to its end and back then only the lines around are there', async ({
  page,
}) => {
  await answerWithMany(page);
  await page.goto('/all?sort=-created_at');
  const lineAt = (position: number) => page.locator(`[aria-posinset="${position}"]`);
  await expect(lineAt(1)).toContainText('Post letter 1');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('100,000');

  const { most, last } = await scrollToTheEnd(page);
  expect(most, 'lines that were there at once').toBeLessThanOrEqual(LINES_MAX);
  expect(last, 'the last task, to which the list read on').toBe(TASKS);
  await page.keyboard.press('End');
  await expect(lineAt(TASKS)).toBeInViewport();
  await expect(lineAt(TASKS).getByRole('link', { name: `Post letter ${TASKS}` })).toBeFocused();
  await expect(lineAt(TASKS + 1)).toHaveCount(0);
  expect(await page.getByRole('listitem').count()).toBeLessThanOrEqual(LINES_MAX);

  // Into the middle, by the bar at the side: the lines of that place are in sight, one below the other, each with its own task.
  const scroller = page.locator(':has(> [role="list"])').last();
  await scroller.evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
  await expect(lineAt(TASKS / 2 + 5)).toBeInViewport();
  const middle = await seen(page);
  const first = middle[0]?.place ?? 0;
  expect(middle.length).toBeGreaterThan(10);
  expect(middle.map(({ place }) => place)).toEqual(middle.map((_, at) => first + at));
  for (const { place, words } of middle) expect(words).toContain(`Post letter ${place}`);
  expect(await page.getByRole('listitem').count()).toBeLessThanOrEqual(LINES_MAX);

  await page.keyboard.press('Home');
  await expect(lineAt(1)).toBeInViewport();
  await expect(lineAt(1).getByRole('link', { name: 'Post letter 1' })).toBeFocused();
  expect(await page.getByRole('listitem').count()).toBeLessThanOrEqual(LINES_MAX);
});
