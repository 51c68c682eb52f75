import { expect, type Browser, type Page } from '@playwright/test';

import type { OwnServer } from './server';

export const newTitle = () => `Feed the cat ${crypto.randomUUID().slice(0, 8)}`;

interface Made {
  id: string;
}

/** Makes a task, past the page. */
export async function make(page: Page, task: Record<string, unknown>): Promise<Made> {
  const response = await page.request.post('/tasks', { data: task });
  expect(response.status()).toBe(201);
  return (await response.json()) as Made;
}

/** A window that is a list, of the same browser as another or of one of its own. */
export async function openOn(server: Pick<OwnServer, 'url'>, browser: Browser, path: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  return page;
}

/** The history of a task has these versions. Whoever asks without a token may be told of a moment ago. */
export async function expectVersions(page: Page, id: string, versions: number[]): Promise<void> {
  await expect(async () => {
    const history = await page.request.get(`/tasks/${id}/history`);
    const { items } = (await history.json()) as { items: { version: number }[] };
    expect(items.map(({ version }) => version)).toEqual(versions);
  }).toPass({ timeout: 10_000 });
}

export const lineOf = (page: Page, title: string) => page.getByRole('link', { name: title });
/** The quiet sign, where changes wait. */
export const signOf = (page: Page) => page.locator('summary');
export const boxOf = (page: Page, title: string) =>
  page.getByRole('checkbox', { name: `Complete “${title}”` });
