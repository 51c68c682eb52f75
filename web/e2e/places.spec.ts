import { expect, test, type Browser, type Page } from '@playwright/test';

import { make, openOn } from './liveSupport';
import { OwnServer } from './server';
import { dayIn, lineOf, makeTasks, newWord, press, TITLES } from './tasks';

// Of its own, as some of the lists are to be empty.
let server: OwnServer;
test.beforeAll(async () => {
  server = await OwnServer.make();
});
test.afterAll(() => server.end());

const open = (browser: Browser, path: string): Promise<Page> => openOn(server, browser, path);

/** The headings and the tasks of a list, from above. */
const linesOf = (page: Page) => page.getByRole('main').locator('h2, [data-task]');

// The first one: nobody has made a task yet.
test('given no tasks when lists are opened then each says why it is empty, and what helps', async ({
  browser,
}) => {
  const page = await open(browser, '/today');
  for (const [path, title, help] of [
    ['/today', 'All clear for today', 'Nothing is due and nothing is late.'],
    ['/upcoming', 'Nothing is coming up', 'Tasks with a due date stand here, day by day.'],
    ['/all', 'No open tasks', 'Add one in plain English'],
    ['/tag/home', 'Nothing open is tagged home', 'Write “#home” in a new task to put it here.'],
  ] as const) {
    await page.goto(path);
    const main = page.getByRole('main');
    await expect(main.getByRole('heading', { level: 2 })).toHaveText(title);
    await expect(main).toContainText(help);
    await main.getByRole('button', { name: 'Add a task' }).click();
    await expect(page.getByRole('dialog', { name: 'Add a task' })).toBeVisible();
  }
  await page.goto('/all?q=milk');
  await expect(page.getByRole('heading', { level: 2 })).toHaveText('Nothing matches');
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(page).toHaveURL(/\/all$/);
  await expect(page.getByRole('heading', { level: 2 })).toHaveText('No open tasks');
});

test('given tasks on several days when lists are opened then they stand under their days, and what is late stands out', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  await page.emulateMedia({ colorScheme: 'light' });
  const inThree = new Date();
  inThree.setDate(inThree.getDate() + 3);
  const weekday = inThree.toLocaleDateString('en-US', { weekday: 'long' });
  const tag = newWord();
  for (const [title, due_date] of [
    ['Without a day', null],
    ['In three days', dayIn(3)],
    ['Of yesterday', dayIn(-1)],
    ['For tomorrow', dayIn(1)],
    ['For now', dayIn(0)],
  ] as const)
    await make(page, { title, tags: [tag], due_date });

  await page.goto(`/tag/${tag}`);
  await expect(linesOf(page)).toHaveText([
    ...[/^Overdue$/, /Of yesterday/, /^Today/, /For now/, /^Tomorrow/, /For tomorrow/],
    ...[new RegExp(`^${weekday}`), /In three days/, /^No due date$/, /Without a day/],
  ]);
  const red = 'rgb(179, 41, 30)';
  await expect(page.getByRole('heading', { name: 'Overdue' })).toHaveCSS('color', red);
  const late = lineOf(page, 'Of yesterday').getByText('Overdue: Yesterday');
  await expect(late).toHaveCSS('color', red);
  // The heading says the day of the others.
  await expect(lineOf(page, 'For tomorrow')).not.toContainText('Tomorrow');
  await expect(page.locator('[data-late="true"]')).toHaveCount(2);

  await page.goto('/upcoming');
  await expect(linesOf(page)).toHaveText([
    ...[/^Today/, /For now/, /^Tomorrow/, /For tomorrow/],
    ...[new RegExp(`^${weekday}`), /In three days/],
  ]);
  // Its days are what it is about.
  const chips = page.getByRole('group', { name: 'Filter and sort' }).getByRole('button');
  await expect(chips).toHaveText(['Status', 'Priority', 'Tags', 'Sort']);

  await page.goto('/today');
  await expect(linesOf(page)).toHaveText([/^Overdue/, /Of yesterday/, /^Today/, /For now/]);
});

test('given more overdue tasks than Today shows when the link to the others is followed then all are there, and what was filtered for is', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  const tag = newWord();
  for (const days of [-1, -2, -3, -4, -5, -6, -7])
    await make(page, { title: `Late by ${-days}`, tags: [tag], due_date: dayIn(days) });
  await page.goto(`/today?tag=${tag}`);
  await expect(page.locator('[data-task]')).toHaveCount(5);
  await page.getByRole('link', { name: '2 more overdue' }).click();
  await expect(page).toHaveURL(new RegExp(`/all\\?tag=${tag}&overdue=true`));
  await expect(page.locator('[data-task]')).toHaveCount(7);
});

test('given a task that is due in a moment when that has passed then it stands out by itself', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  const tag = newWord();
  const due_at = new Date(Date.now() + 5_000).toISOString().slice(0, 19);
  await make(page, { title: 'Catch the train', tags: [tag], due_at, time_zone: 'UTC' });
  await page.goto(`/tag/${tag}`);
  await expect(lineOf(page, 'Catch the train').locator('[data-late="true"]')).toBeVisible({
    timeout: 15_000,
  });
});

test('given a list when order, priority and tags are chosen by their menus then they are in the URL, and the list follows', async ({
  browser,
}) => {
  const page = await open(browser, '/all');
  const [tag, other] = [newWord(), newWord()];
  await makeTasks(page.request, tag, TITLES);
  await make(page, { title: 'Eat an egg', tags: [tag, other], priority: 'urgent', due_date: dayIn(1) });
  await make(page, { title: 'Feed Fred', tags: [tag, other], priority: 'high', due_date: dayIn(2) });
  const rows = page.locator('[data-task]');
  const choose = async (
    chip: string,
    role: 'menuitemradio' | 'menuitemcheckbox' | 'option',
    words: string,
  ) => {
    const bar = page.getByRole('group', { name: 'Filter and sort' });
    await bar.getByRole('button', { name: chip, exact: true }).click();
    await page.getByRole(role, { name: words }).click();
    await press(page, 'Escape');
    await expect(page.getByRole(role)).toHaveCount(0);
  };
  await page.goto(`/tag/${tag}`);
  await expect(rows).toHaveText([/Eat/, /Feed/, /Ask/, /Buy/, /Call/, /Dust/]);

  await choose('Sort', 'menuitemradio', 'Title, Z to A');
  await expect(page).toHaveURL(/\?sort=-title$/);
  await expect(rows).toHaveText([/Feed/, /Eat/, /Dust/, /Call/, /Buy/, /Ask/]);
  // By title there are no days to stand under.
  await expect(page.getByRole('main').getByRole('heading', { level: 2 })).toHaveCount(0);

  await choose('Tags', 'option', other);
  await expect(page).toHaveURL(new RegExp(`tag=${other}`));
  await expect(rows).toHaveText([/Feed/, /Eat/]);

  await choose('Priority', 'menuitemcheckbox', 'Urgent');
  await expect(page).toHaveURL(/priority=urgent/);
  await expect(rows).toHaveText([/Eat/]);

  // A link is all there is to it.
  await page.reload();
  await expect(rows).toHaveText([/Eat/]);
  await page.goBack();
  await expect(rows).toHaveText([/Feed/, /Eat/]);
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(rows).toHaveText([/Feed/, /Eat/, /Dust/, /Call/, /Buy/, /Ask/]);
  await expect(page).toHaveURL(/\?sort=-title$/);
});
