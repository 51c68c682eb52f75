import { expect } from '@playwright/test';

import { cardOf, hearEvents, LETTER, makeTask, openOps, partOf, test, withLetter } from './opsSupport';
import { patchTask } from './panelSupport';
import { press } from './tasks';

test('given the keyboard alone when somebody goes to the page then all of it is there and every part can be reached', async ({
  page,
}) => {
  await page.goto('/today');
  await expect(page.getByRole('heading', { level: 1, name: 'Today' })).toBeVisible();
  await press(page, 'g', 'o');
  await expect(page).toHaveURL(/\/ops$/);
  for (const name of ['completed', 'history', 'reminders', 'search', 'tasks']) {
    await expect(cardOf(page, name).getByText('Events behind')).toBeVisible();
    await expect(
      cardOf(page, name).getByRole('img', { name: /^Time behind in the last 5 minutes/ }),
    ).toBeVisible();
  }
  await expect(partOf(page, 'Dead letters').getByText('No record is parked.')).toBeVisible();
  for (const name of ['Recurring tasks', 'Reminders', 'Deliveries', 'Renames of tags'])
    await expect(partOf(page, 'Timers').getByRole('rowheader', { name })).toBeVisible();

  const position = cardOf(page, 'tasks').locator('summary');
  await position.focus();
  await press(page, 'Enter');
  await expect(cardOf(page, 'tasks').getByRole('rowheader', { name: 'task-events/0' })).toBeVisible();
  await press(page, 'Tab');
  await expect(cardOf(page, 'tasks').getByRole('button', { name: 'Rebuild tasks' })).toBeFocused();

  await press(page, 'Control+k');
  await page.getByRole('combobox', { name: 'Find anything' }).fill('operations');
  await expect(page.getByRole('option', { name: /^Operations/ })).toBeVisible();
});

test('given a projection when it is rebuilt then another generation serves, and the one before can come back when that is meant', async ({
  page,
}) => {
  await makeTask(page, 'To be read again');
  await openOps(page);
  const card = cardOf(page, 'history');
  const generation = async () => Number(/generation (\d+)/.exec(await card.innerText())?.[1]);
  const before = await generation();
  await card.getByRole('button', { name: 'Rebuild history' }).click();
  await expect(page.getByText('The rebuild of history has begun')).toBeVisible();
  await expect.poll(generation, { timeout: 30_000 }).toBeGreaterThan(before);

  const back = card.getByRole('button', { name: 'Roll back history' });
  await back.click();
  const question = page.getByRole('dialog', { name: 'Roll history back?' });
  await expect(question.getByRole('button', { name: 'Leave it' })).toBeFocused();
  await press(page, 'Enter');
  await expect(question).toBeHidden();
  await expect(back).toBeFocused();
  expect(await generation()).toBeGreaterThan(before);
  await back.click();
  await question.getByRole('button', { name: 'Roll back' }).click();
  await expect.poll(generation, { timeout: 30_000 }).toBe(before);
});

// What could not be applied can be once its build is another one: of that the answers are made up here. What is real is in opsDeeds.spec.ts.
test('given a dead letter that can be applied by now when it is tried again then it is gone, and its trace was at hand', async ({
  page,
}) => {
  const asked = await withLetter(page);
  await openOps(page);
  const part = partOf(page, 'Dead letters');
  await part.getByText(LETTER.error).click();
  await expect(part.getByText('"title": 7')).toBeVisible();
  const trace = part.getByRole('link', { name: /^Trace/ });
  await expect(trace).toHaveAttribute('href', /\/trace\/4bf92f3577b34da6a3ce929d0e0e4736$/);
  await part.getByRole('button', { name: /^Retry/ }).click();
  await expect(page.getByText('The record is applied')).toBeVisible();
  await expect(part.getByText('No record is parked.')).toBeVisible();
  expect(asked).toEqual(['POST /dead-letters/7/retry']);
});

test('given a service that is written to then its events come by themselves, stand still under the pointer, and are narrowed down by the URL', async ({
  page,
}) => {
  await openOps(page);
  const part = partOf(page, 'Events');
  await hearEvents(page);
  const [one, other] = [await makeTask(page, 'One'), await makeTask(page, 'Other')];
  const rows = part.getByRole('list', { name: 'Events, the newest first' }).locator(':scope > li');
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText(other);

  await rows.first().hover();
  const late = await makeTask(page, 'Late');
  await expect(part.getByRole('button', { name: 'Pause (1 new)' })).toBeVisible();
  await expect(rows.first()).toContainText(other);
  await page.getByRole('heading', { level: 1 }).hover();
  await expect(rows.first()).toContainText(late);

  await rows.filter({ hasText: one }).locator('summary').click();
  await expect(part.getByText('"title": "One"')).toBeVisible();
  await expect(part.getByRole('link', { name: /^Trace/ })).toHaveAttribute(
    'href',
    /^http:\/\/127\.0\.0\.1:9\/trace\/[0-9a-f]{32}$/,
  );
  await part.getByRole('link', { name: 'Events of this stream' }).click();
  await expect(page).toHaveURL(new RegExp(`stream=${one}`));
  await expect(rows).toHaveCount(1);
  // The pointer is where the list was that goes: it holds nothing back any more.
  await rows.first().hover();
  await part.getByRole('searchbox').fill('task.updated');
  await expect(part.getByText('Nothing has happened since in such a stream.')).toBeVisible();
  await patchTask(page.request, one, { title: 'One more' });
  await expect(rows).toHaveCount(1);
});

test('given a receiver that is away when a reminder rings then its delivery is shown with what went wrong', async ({
  page,
}) => {
  const channels = [
    { type: 'webhook', url: 'http://127.0.0.1:9/hook', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
  ];
  expect((await page.request.put('/notification-settings', { data: { channels } })).status()).toBe(200);
  const id = await makeTask(page, 'Water the ferns');
  const remind_at = new Date(Date.now() + 2_000).toISOString().slice(0, 19);
  const reminder = { remind_at, time_zone: 'UTC' };
  expect((await page.request.post(`/tasks/${id}/reminders`, { data: reminder })).status()).toBe(201);
  await openOps(page);
  const part = partOf(page, 'Deliveries in trouble');
  const row = part.getByRole('listitem').filter({ hasText: 'Water the ferns' });
  await expect(row).toContainText(/webhook, failing after \d attempts?, again in/, { timeout: 30_000 });
  await part.getByRole('button', { name: 'Failed' }).click();
  await expect(page).toHaveURL(/outcome=failed/);
  await expect(part.getByText('No delivery was given up.')).toBeVisible();
  await part.getByRole('button', { name: 'Tried again' }).click();
  await row.locator('summary').click();
  await row.getByRole('link', { name: 'The task' }).click();
  await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue('Water the ferns');
});
