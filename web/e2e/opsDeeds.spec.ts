import { expect, test, type Locator, type Page } from '@playwright/test';

import { openOn } from './liveSupport';
import { cardOf, makeTask, partOf } from './opsSupport';
import { readTask } from './panelSupport';
import { OwnServer } from './server';
import { makeTasks, newWord, press } from './tasks';

// What is done here stays: records that nobody can read.
let server: OwnServer;
test.beforeAll(async () => {
  server = await OwnServer.make();
});
test.afterAll(() => server.end());

/** An event as our own writers make it, after that of a new task. */
const anEvent = (task: string) => ({
  specversion: '1.0',
  id: crypto.randomUUID(),
  source: '/tenants/default',
  type: 'tasklog.task.updated.v1',
  subject: task,
  time: '2026-12-01T08:00:00Z',
  datacontenttype: 'application/json',
  partitionkey: `default/${task}`,
  sequence: 2,
  tenant: 'default',
  commandid: crypto.randomUUID(),
  actor: 'someone else',
  data: { changes: { title: 'Another title' }, updated_at: '2026-12-01T08:00:00Z' } as unknown,
});

/** With data that no reader knows. */
const unreadable = (task: string) => ({
  ...anEvent(task),
  data: { changes: 42, updated_at: 'yesterday' },
});

interface Letter {
  id: number;
  projection: string;
}

async function lettersOf(page: Page): Promise<Letter[]> {
  const answer = await page.request.get('/dead-letters?limit=50');
  return ((await answer.json()) as { items: Letter[] }).items;
}

test('given a record that nobody can read when it is tried again then it stays parked, and is gone when that is meant', async ({
  browser,
}) => {
  const page = await openOn(server, browser, '/ops');
  const id = await makeTask(page, 'Its log will be spoilt');
  server.writeRecord('task-events', `default/${id}`, JSON.stringify(unreadable(id)));
  const part = partOf(page, 'Dead letters');
  const row = part.getByRole('listitem').filter({ hasText: 'tasks, task-events/' });
  await expect(row).toBeVisible({ timeout: 30_000 });
  await row.locator('summary').click();
  await expect(row.getByText('"changes": 42')).toBeVisible();
  await expect(row.getByRole('link', { name: 'Events of this stream' })).toHaveAttribute(
    'href',
    new RegExp(`stream=${id}`),
  );

  await row.getByRole('button', { name: /^Retry/ }).click();
  await expect(page.getByText(/it still cannot be applied/).first()).toBeVisible();
  await expect(row).toBeVisible();

  await row.getByRole('button', { name: /^Drop/ }).click();
  const question = page.getByRole('dialog', { name: 'Drop this record?' });
  await expect(question.getByRole('button', { name: 'Leave it' })).toBeFocused();
  await press(page, 'Escape');
  await expect(question).toBeHidden();
  expect((await lettersOf(page)).map(({ projection }) => projection)).toContain('tasks');
  await row.getByRole('button', { name: /^Drop/ }).click();
  await question.getByRole('button', { name: 'Drop the record' }).click();
  await expect(page.getByText('The record is dropped')).toBeVisible();
  await expect(row).toHaveCount(0);
  // The projection has gone on behind it.
  expect(await readTask(page.request, id)).toMatchObject({ title: 'Its log will be spoilt', version: 2 });

  // Those of the other projections.
  for (const { id: other } of await lettersOf(page))
    expect((await page.request.delete(`/dead-letters/${other}`)).status()).toBe(200);
  await expect(part.getByText('No record is parked.')).toBeVisible({ timeout: 15_000 });
});

/** What the page says of the generation that serves. */
const generationOf = async (card: Locator) => Number(/generation (\d+)/.exec(await card.innerText())?.[1]);

test('given tasks when a projection is rebuilt then another generation serves, and the one before can come back', async ({
  browser,
}) => {
  const page = await openOn(server, browser, '/ops');
  const titles = Array.from({ length: 100 }, (_, at) => `Post letter ${at + 1}`);
  await makeTasks(page.request, newWord(), titles);
  const card = cardOf(page, 'tasks');
  await expect(card).toContainText(/generation \d/);
  const before = await generationOf(card);
  await card.getByRole('button', { name: 'Rebuild tasks' }).click();
  await expect(page.getByText('The rebuild of tasks has begun')).toBeVisible();
  await expect.poll(() => generationOf(card), { timeout: 60_000 }).toBeGreaterThan(before);
  await expect(card.getByRole('progressbar', { name: 'Rebuild of tasks' })).toHaveCount(0);
  await expect(card.getByRole('button', { name: 'Roll back tasks' })).toBeVisible();
});

test('given a log with a gap, where no rebuild comes to its end, when one has begun then its progress is shown, and it is cancelled', async ({
  browser,
}) => {
  // A gap stays.
  const broken = await OwnServer.make();
  try {
    const page = await openOn(broken, browser, '/ops');
    const id = await makeTask(page, 'Its log will have a gap');
    const skips = { ...anEvent(id), sequence: 3 };
    broken.writeRecord('task-events', `default/${id}`, JSON.stringify(skips));
    const card = cardOf(page, 'tasks');
    await expect(card).toContainText(/generation \d/);
    const before = await generationOf(card);
    const rebuild = card.getByRole('button', { name: 'Rebuild tasks' });
    const bar = card.getByRole('progressbar', { name: 'Rebuild of tasks' });
    await rebuild.click();
    await expect(page.getByText('The rebuild of tasks has begun')).toBeVisible();
    await expect(bar).toHaveAttribute('max', /^[1-9]\d*$/);
    await expect(card.getByText(/^[\d,]+ of [\d,]+/)).toBeVisible();

    await card.getByRole('button', { name: 'Cancel the rebuild of tasks' }).click();
    const question = page.getByRole('dialog', { name: 'Cancel the rebuild of tasks?' });
    await question.getByRole('button', { name: 'Cancel the rebuild' }).click();
    await expect(page.getByText('The rebuild of tasks is cancelled')).toBeVisible();
    await expect(rebuild).toBeVisible();
    await expect(bar).toHaveCount(0);
    expect(await generationOf(card)).toBe(before);
  } finally {
    await broken.end();
  }
});
