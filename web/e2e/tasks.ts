import AxeBuilder from '@axe-core/playwright';
import type { APIRequestContext, Locator, Page } from '@playwright/test';

export const TITLES = ['Ask Ann', 'Buy bread', 'Call Carl', 'Dust desk'];

/** The line of a task. */
export const lineOf = (page: Page, title: string): Locator =>
  page.locator('[data-task]').filter({ hasText: title });
/** What the focus is on in the line of a task. */
export const linkOf = (page: Page, title: string): Locator => page.getByRole('link', { name: title });
export const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};
/**
 * What axe finds. The page has no frames, so it looks in one go, where it would else open another page for each look; and it tells of
 * nothing but what is wrong.
 */
export const axe = async (page: Page): Promise<unknown[]> => {
  const look = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations } = await look.analyze();
  return violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
};

/** Both themes, on a desk and on a phone. */
export const LOOKS = (['light', 'dark'] as const).flatMap((scheme) => [
  { scheme, name: 'a desk', viewport: { width: 1280, height: 800 } },
  { scheme, name: 'a phone', viewport: { width: 390, height: 844 } },
]);

/** A word that nothing else has: a tag whose list holds the tasks of one test alone. */
export const newWord = (): string => `t${crypto.randomUUID().slice(0, 8)}`;

/** The day so many days from now, as the browser has it. */
export function dayIn(days: number): string {
  const day = new Date();
  day.setDate(day.getDate() + days);
  return day.toLocaleDateString('sv');
}

const DAY_MS = 86_400_000;
/** What a request takes. */
const OPERATIONS_MAX = 1000;

interface Made {
  id: string;
  title: string;
}

/** Makes tasks with a tag, so that the list of the tag has them in this order. */
export async function makeTasks(
  request: APIRequestContext,
  tag: string,
  titles: readonly string[],
): Promise<Made[]> {
  const first = new Date('2031-01-01');
  const operations = titles.map((title, at) => {
    const due_date = new Date(first.getTime() + at * DAY_MS).toISOString().slice(0, 10);
    return { op: 'create', task: { title, tags: [tag], due_date } };
  });
  const made: Made[] = [];
  for (let from = 0; from < operations.length; from += OPERATIONS_MAX) {
    const data = { operations: operations.slice(from, from + OPERATIONS_MAX) };
    const answer = await request.post('/tasks/bulk', { data });
    const { results } = (await answer.json()) as { results: { id: string }[] };
    made.push(...results.map(({ id }, at) => ({ id, title: titles[from + at] ?? '' })));
    // Shown by the next read, whoever makes it.
    const headers = { 'Consistency-Token': answer.headers()['consistency-token'] ?? '', Prefer: 'wait=5' };
    await request.get(`/tasks?tag=${tag}`, { headers });
  }
  return made;
}

/** Makes a task without a due date, and waits until lists have it. */
export async function makeUndated(request: APIRequestContext, tag: string, title: string): Promise<void> {
  const made = await request.post('/tasks', { data: { title, tags: [tag] } });
  const headers = { 'Consistency-Token': made.headers()['consistency-token'] ?? '', Prefer: 'wait=5' };
  await request.get(`/tasks?tag=${tag}`, { headers });
}
