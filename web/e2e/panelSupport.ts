import { expect, type APIRequestContext, type Locator, type Page } from '@playwright/test';

/** A title that no other task has. */
export const newTitle = (words = 'Repot the fern'): string => `${words} ${crypto.randomUUID().slice(0, 8)}`;

/** What the browser complains of: errors, and what the Content-Security-Policy forbids; not the refusals that a test asks for. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (404|412|422)/.test(message.text()))
      complaints.push(message.text());
  });
  return complaints;
}

export interface MadeTask {
  id: string;
  title: string;
  version: number;
}

/** Makes a task, past the page. */
export async function makeTask(request: APIRequestContext, fields: object = {}): Promise<MadeTask> {
  const answer = await request.post('/tasks', { data: { title: newTitle(), ...fields } });
  expect(answer.status()).toBe(201);
  return (await answer.json()) as MadeTask;
}

/** Changes a task as somebody else would, past the page. */
export async function patchTask(request: APIRequestContext, id: string, patch: object): Promise<void> {
  const headers = { 'Content-Type': 'application/merge-patch+json' };
  const answer = await request.patch(`/tasks/${id}`, { data: patch, headers });
  expect(answer.status()).toBe(200);
}

/** A task as the server has it. */
export async function readTask(request: APIRequestContext, id: string): Promise<Record<string, unknown>> {
  return (await (await request.get(`/tasks/${id}`)).json()) as Record<string, unknown>;
}

/** Opens the panel of a task. */
export async function openPanel(page: Page, { id, title }: MadeTask): Promise<Locator> {
  await page.goto(`/all?task=${id}`);
  const panel = page.getByRole('complementary', { name: 'Task' });
  await expect(panel.getByRole('textbox', { name: 'Title' })).toHaveValue(title);
  return panel;
}
