import { expect, test, type Page } from '@playwright/test';

const TASKS = 100_000;
/** So many come at once, more than the server gives, which would take five hundred answers. */
const PAGE = 4_000;
/** Lines that may be there at once: those that are seen, and some around them. */
const LINES_MAX = 80;

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
    const items = Array.from({ length: Math.min(PAGE, TASKS - from) }, (_, at) => taskOf(from + at + 1));
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

/** Scrolls to the end of what was read, at each frame, until the last task is there; the most lines that were there at once. */
function scrollToTheEnd(page: Page): Promise<number> {
  return page.evaluate(async (last) => {
    const scroller = document.querySelector('[role="list"]')?.parentElement;
    let most = 0;
    while (scroller && !document.querySelector(`[aria-posinset="${last}"]`)) {
      scroller.scrollTop = scroller.scrollHeight;
      await new Promise(requestAnimationFrame);
      most = Math.max(most, document.querySelectorAll('[role="listitem"]').length);
    }
    return most;
  }, TASKS);
}

test('given 100,000 tasks when the list is scrolled to its end and back then only the lines around are there', async ({
  page,
}) => {
  await answerWithMany(page);
  await page.goto('/all?sort=-created_at');
  const lineAt = (position: number) => page.locator(`[aria-posinset="${position}"]`);
  await expect(lineAt(1)).toContainText('Post letter 1');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('100,000');

  expect(await scrollToTheEnd(page)).toBeLessThanOrEqual(LINES_MAX);
  await page.keyboard.press('End');
  await expect(lineAt(TASKS)).toBeInViewport();
  await expect(lineAt(TASKS).getByRole('link', { name: `Post letter ${TASKS}` })).toBeFocused();
  await expect(lineAt(TASKS + 1)).toHaveCount(0);
  expect(await page.getByRole('listitem').count()).toBeLessThanOrEqual(LINES_MAX);

  // Into the middle, by the bar at the side: each line is the one of its place.
  const scroller = page.locator(':has(> [role="list"])').last();
  await scroller.evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
  const middle = page.locator('[aria-posinset]').nth(20);
  await expect(lineAt(TASKS / 2)).toBeVisible();
  await expect(middle).toContainText(`Post letter ${(await middle.getAttribute('aria-posinset')) ?? ''}`);
  expect(await page.getByRole('listitem').count()).toBeLessThanOrEqual(LINES_MAX);

  await page.keyboard.press('Home');
  await expect(lineAt(1)).toBeInViewport();
  await expect(lineAt(1).getByRole('link', { name: 'Post letter 1' })).toBeFocused();
  expect(await page.getByRole('listitem').count()).toBeLessThanOrEqual(LINES_MAX);
});
