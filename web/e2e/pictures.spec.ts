/** Pictures of the main views, for the README: `make pictures`. Ordinary runs leave them as they are. */
import path from 'node:path';

import { expect, test, type APIRequestContext, type Page } from '@playwright/test';

import { cardOf, partOf } from './opsSupport';
import { OwnServer } from './server';

const FOLDER = path.join(import.meta.dirname, '..', '..', 'docs', 'images');
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const DAY_MS = 86_400_000;

let server: OwnServer;
let rent: string;
test.beforeAll(async ({ playwright }) => {
  server = await OwnServer.make();
  const request = await playwright.request.newContext({ baseURL: server.url });
  rent = await makeDays(request);
  await request.dispose();
});
test.afterAll(() => server.end());

const dayIn = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

/** A few days of somebody's life; the id of the task that is shown in the panel. */
async function makeDays(request: APIRequestContext): Promise<string> {
  const make = async (task: object) => {
    const answer = await request.post('/tasks', { data: task });
    expect(answer.status()).toBe(201);
    return ((await answer.json()) as { id: string }).id;
  };
  const at = (days: number, time: string) => ({ due_at: `${dayIn(days)}T${time}:00`, time_zone: 'UTC' });
  const monthly = { recurrence_pattern: { rrule: 'FREQ=MONTHLY' } };
  const id = await make({
    title: 'Pay the rent',
    description:
      'By standing order, **from the joint account**.\n\n- [x] ask for the new amount\n- [ ] change the order',
    ...at(1, '09:00'),
    ...monthly,
    priority: 'high',
    tags: ['home', 'money'],
  });
  for (const title of ['Find the contract', 'Write to the landlord']) await make({ title, parent_id: id });
  await request.post(`/tasks/${id}/reminders`, { data: { before_due: 'PT30M' } });
  await make({ title: 'Call the dentist', due_date: dayIn(-2), priority: 'urgent', tags: ['health'] });
  await make({ title: 'Water the orchids', due_date: dayIn(0), tags: ['home'] });
  await make({ title: 'Write the release notes', due_date: dayIn(0), priority: 'urgent', tags: ['work'] });
  await make({ title: 'Review Ann’s proposal', ...at(1, '14:00'), tags: ['work'] });
  await make({
    title: 'Take out the bins',
    due_date: dayIn(1),
    tags: ['home'],
    recurrence_pattern: { rrule: 'FREQ=WEEKLY' },
  });
  await make({ title: 'Book the train to Hamburg', due_date: dayIn(3), tags: ['travel'] });
  await make({
    title: 'Renew the passport',
    due_date: dayIn(5),
    priority: 'high',
    tags: ['travel', 'papers'],
  });
  await make({ title: 'Plan the garden', tags: ['garden'], status: 'in_progress' });
  await make({ title: 'Read about event sourcing', tags: ['work'] });
  return id;
}

/** Takes the picture once all is there and nothing moves. */
async function take(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(1_000);
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`), animations: 'disabled', caret: 'hide' });
}

interface Look {
  size?: typeof DESK;
  dark?: boolean;
}

async function go(page: Page, where: string, look: Look = {}): Promise<void> {
  await page.setViewportSize(look.size ?? DESK);
  await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
  await page.goto(server.url + where);
}

/** Goes to a list. */
async function open(page: Page, where: string, look: Look = {}): Promise<void> {
  await go(page, where, look);
  await page.locator('[data-task]').first().waitFor();
}

test('the list', async ({ page }) => {
  await open(page, '/all');
  await take(page, 'list');
});

test('quick add', async ({ page }) => {
  await open(page, '/all');
  await page.keyboard.press('q');
  await page
    .getByRole('textbox', { name: 'What is to be done' })
    .fill('Pay the gym every month on the 1st 9am #home !high');
  await expect(page.getByRole('dialog').getByRole('status')).toContainText('Understood');
  await take(page, 'quick-add');
});

test('the panel', async ({ page }) => {
  await open(page, `/upcoming?task=${rent}`);
  const panel = page.getByRole('complementary', { name: 'Task' });
  await expect(panel.getByRole('link', { name: 'Write to the landlord' })).toBeVisible();
  await expect(panel.getByRole('region', { name: 'Description' }).locator('strong')).toBeVisible();
  await take(page, 'page');
});

test('the palette', async ({ page }) => {
  await open(page, '/all');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').pressSequentially('re');
  await expect(page.getByRole('option').locator('mark').first()).toBeVisible();
  await take(page, 'palette');
});

test('a phone', async ({ page }) => {
  await open(page, '/all', { size: PHONE });
  await take(page, 'phone');
});

test('the dark theme', async ({ page }) => {
  await open(page, '/today', { dark: true });
  await take(page, 'dark');
});

test('the page of operators', async ({ page }) => {
  await go(page, '/ops');
  for (const name of ['completed', 'history', 'reminders', 'search', 'tasks'])
    await expect(cardOf(page, name).getByText('Events behind')).toBeVisible();
  await expect(partOf(page, 'Timers').getByRole('rowheader', { name: 'Reminders' })).toBeVisible();
  await take(page, 'ops');
});
