import { test as base, expect, type Page } from '@playwright/test';

import { OwnServer } from './server';

/** Tests of the page for operators, on a `tasklog up` of their own: they change what all others would see. */
export const test = base.extend<object, { server: OwnServer }>({
  server: [
    // Playwright reads from the pattern what it needs: nothing.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const server = await OwnServer.make();
      await use(server);
      await server.end();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  baseURL: ({ server }, use) => use(server.url),
  page: async ({ page }, use) => {
    await use(page);
    // The page reads again and again: an answer that is on its way when the test ends is nobody's.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  },
});

/** A record that a projection could not apply, as it is shown. */
export const LETTER = {
  id: 7,
  projection: 'tasks',
  generation: 1,
  topic: 'task-events',
  partition: 0,
  offset: 41,
  stream: 'default/0198c5d2-7f3a-7cc1-9a53-2f1f6f3f6a10',
  sequence: 3,
  error: 'the title is no text',
  record: '{"type":"tasklog.task.updated.v1","data":{"changes":{"title":7}}}',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  parked_at: '2026-11-30T08:00:00Z',
};

/** The service has this dead letter until it is dropped or applied; gives what is asked of it. */
export async function withLetter(page: Page): Promise<string[]> {
  const asked: string[] = [];
  await page.route(/\/dead-letters(\/|\?|$)/, (route) => {
    const method = route.request().method();
    if (method === 'GET') {
      const items = asked.length === 0 ? [LETTER] : [];
      return route.fulfill({ json: { items, next_cursor: null } });
    }
    asked.push(`${method} ${new URL(route.request().url()).pathname}`);
    return route.fulfill({ json: { projection: 'tasks', applied: 1, parked: 0 } });
  });
  return asked;
}

/** Every projection is as it is, and one of them is being rebuilt until that is cancelled; gives what is asked of it. */
export async function withRebuild(page: Page, name: string): Promise<string[]> {
  const asked: string[] = [];
  await page.route('**/projections', async (route) => {
    const answer = await route.fetch();
    const read = (await answer.json()) as { items: { name: string; rebuild?: unknown }[] };
    for (const item of read.items)
      if (item.name === name && asked.length === 0)
        item.rebuild = { read: 1_200, total: 4_800, rate: 900, eta_seconds: 4 };
    await route.fulfill({ response: answer, json: read });
  });
  await page.route(`**/projections/${name}/rebuild`, (route) => {
    asked.push(route.request().method());
    return route.fulfill({ json: { projection: name, generation: 2 } });
  });
  return asked;
}

export async function makeTask(page: Page, title: string): Promise<string> {
  const answer = await page.request.post('/tasks', { data: { title } });
  expect(answer.status()).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

export async function openOps(page: Page, query = ''): Promise<void> {
  await page.goto(`/ops${query}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Operations' })).toBeVisible();
}

/** Waits until events are heard: those before are not shown. */
export async function hearEvents(page: Page): Promise<void> {
  // A page that has read no tasks waits a while for somebody to do so.
  await expect(partOf(page, 'Events').getByText('Nothing has happened since.')).toBeVisible({
    timeout: 15_000,
  });
}

/** A part of the page. */
export const partOf = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
export const cardOf = (page: Page, name: string) => page.getByRole('article', { name, exact: true });
