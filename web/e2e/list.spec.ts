import { expect, test, type Page } from '@playwright/test';

import { axe, makeTasks, newWord } from './tasks';

/** A title that no other task has. */
const newTitle = () => `Water the orchid ${crypto.randomUUID().slice(0, 8)}`;

/** What the browser complains of: errors, and what the Content-Security-Policy forbids. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  return complaints;
}

async function quickAdd(page: Page, text: string): Promise<void> {
  await page.keyboard.press('q');
  const field = page.getByRole('textbox', { name: 'What is to be done' });
  await expect(field).toBeFocused();
  await field.fill(text);
  await field.press('Enter');
  await expect(field).toBeHidden();
}

test('given the page when a task is added, searched, completed and taken back then the list follows', async ({
  page,
}) => {
  const complaints = complaintsOf(page);
  const title = newTitle();
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Today');

  await quickAdd(page, `${title} today !high #orchids`);
  const line = page.getByRole('link', { name: title });
  await expect(line).toBeVisible();

  await page.keyboard.press('/');
  await page.keyboard.type(title.split(' ').at(-1) ?? '');
  await expect(page).toHaveURL(/\?q=/);
  await expect(line.locator('mark')).toBeVisible();

  await page.getByRole('checkbox', { name: `Complete “${title}”` }).click();
  await expect(line).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).first().click();
  await expect(line).toBeVisible();
  expect(complaints).toEqual([]);
});

test('given a change that is refused when it was shown already then the task comes back, and the person is told', async ({
  page,
  request,
}) => {
  const tag = newWord();
  const title = newTitle();
  const [{ id } = { id: '' }] = await makeTasks(request, tag, [title]);
  let refuse: () => void = () => undefined;
  const isSeen = new Promise<void>((go) => (refuse = go));
  const detail = 'has to wait for another task';
  await page.route(`**/tasks/${id}`, async (route) => {
    if (route.request().method() !== 'PATCH') return route.continue();
    await isSeen;
    const problem = { type: 'https://tasklog.dev/problems/invalid', title: 'Not valid', status: 422 };
    const json = { ...problem, errors: [{ field: 'status', detail }] };
    return route.fulfill({ status: 422, contentType: 'application/problem+json', json });
  });
  await page.goto(`/tag/${tag}`);
  const line = page.getByRole('link', { name: title });
  await expect(line).toBeVisible();
  await page.getByRole('checkbox', { name: `Complete “${title}”` }).click();
  await expect(line).toBeHidden();
  refuse();
  await expect(line).toBeVisible();
  await expect(page.getByText(`“${title}” was not completed`).first()).toBeVisible();
  await expect(page.getByText(detail).first()).toBeVisible();
  // Nothing of it is kept for later.
  await page.reload();
  await expect(line).toBeVisible();
  await expect(page.locator('summary').filter({ hasText: 'change' })).toHaveCount(0);
});

test('given a link with conditions and a task when it is opened then both are there, and going back leads out', async ({
  page,
}) => {
  const title = newTitle();
  await page.goto('/all');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('All tasks');
  await quickAdd(page, `${title} #orchids`);
  await page.goto('/tag/orchids?priority=none&sort=-created_at');
  await page.getByRole('link', { name: title }).click();
  await expect(page.getByRole('complementary', { name: 'Task' })).toContainText(title);
  await page.reload();
  await expect(page.getByRole('complementary', { name: 'Task' })).toContainText(title);
  await page.goBack();
  await expect(page.getByRole('complementary', { name: 'Task' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'No priority' })).toBeVisible();
});

test('given a tag of signs that paths have when its list is filtered then the list stays', async ({
  page,
  request,
}) => {
  const tag = '100% a/b #c?';
  const title = newTitle();
  await request.post('/tasks', { data: { title, tags: [tag] } });
  await page.goto(`/tag/${encodeURIComponent(tag)}`);
  await page.getByRole('button', { name: 'Status' }).click();
  await page.getByRole('menuitem', { name: 'Any status' }).click();
  await expect(page).toHaveURL(/status=any/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(tag);
  await expect(page.getByRole('link', { name: title })).toBeVisible();
});

test('given a next page that cannot be read for a while when it can be then it comes by itself', async ({
  page,
  request,
}) => {
  const tag = newWord();
  const titles = Array.from({ length: 120 }, (_, at) => `Task ${at + 1} ${tag}`);
  await makeTasks(request, tag, titles);
  let asked = 0;
  await page.route(/\/tasks\?.*cursor=/, (route) => {
    asked += 1;
    // So often a read is tried.
    return asked <= 4 ? route.fulfill({ status: 500 }) : route.continue();
  });
  await page.goto(`/tag/${tag}`);
  await expect(async () => {
    // The next page is asked for where one comes near it.
    await page.keyboard.press('End');
    expect(asked).toBeGreaterThan(0);
  }).toPass();
  await expect.poll(() => asked, { timeout: 30_000 }).toBe(5);
  await expect(async () => {
    await page.keyboard.press('End');
    await expect(page.getByRole('link', { name: titles.at(-1) ?? '' })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 10_000 });
});

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };
const LOOKS = (['light', 'dark'] as const).flatMap((scheme) => [
  { scheme, name: 'a desk', viewport: DESK },
  { scheme, name: 'a phone', viewport: PHONE },
]);

for (const { scheme, name, viewport } of LOOKS) {
  test(`given the ${scheme} theme on ${name} when views are checked then axe finds nothing`, async ({
    page,
  }) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    for (const path of ['/today', '/upcoming', '/all', '/all?q=kafka&status=any', '/tag/no-such-tag']) {
      // What is looked at is the list, once it was read; the page is never idle, since it follows a stream.
      await Promise.all([page.waitForResponse(/\/tasks\?/), page.goto(path)]);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      expect([path, await axe(page)]).toEqual([path, []]);
    }
  });
}
