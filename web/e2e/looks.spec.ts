import { expect, test } from '@playwright/test';

import { boxOf } from './liveSupport';
import { check, dress, PHONES } from './looksSupport';
import { makeTask } from './panelSupport';
import { lineOf, linkOf, LOOKS, makeTasks, newWord, press, TITLES } from './tasks';

interface Kind {
  task: { title: string } & Record<string, unknown>;
  /** Beside the one that the list is of. */
  tags?: string[];
  /** What the line says of it. */
  says: string[];
}

const KINDS: Kind[] = [
  { task: { title: 'Ask Ann', due_date: '2020-01-02', priority: 'urgent' }, says: ['Overdue:', 'Urgent'] },
  {
    task: { title: 'Buy bread', status: 'in_progress', priority: 'high' },
    says: ['In progress', 'High priority'],
  },
  { task: { title: 'Call Carl', status: 'cancelled' }, says: ['Cancelled'] },
  {
    task: {
      title: 'Dust desk',
      description: 'With a **soft** cloth',
      due_date: '2031-01-01',
      recurrence_pattern: { rrule: 'FREQ=WEEKLY' },
    },
    says: ['Repeats', 'Has a description'],
  },
  { task: { title: 'Eat an egg', status: 'completed' }, tags: ['eggs', 'kitchen'], says: ['+1'] },
];

for (const look of LOOKS)
  test(`given the ${look.scheme} theme on ${look.name} when a list has tasks of every kind then axe finds nothing`, async ({
    page,
    request,
  }) => {
    const tag = newWord();
    for (const { task, tags = [] } of KINDS) await makeTask(request, { ...task, tags: [tag, ...tags] });
    await dress(page, look);
    await page.goto(`/tag/${tag}?status=any`);
    for (const { task, says } of KINDS)
      for (const words of says) await expect(lineOf(page, task.title)).toContainText(words);
    await check(page, 'rows');

    const query = { tag: [tag], sort: 'due' };
    expect((await request.post('/filters', { data: { name: tag, query } })).status()).toBe(201);
    await page.goto(`/filter/${tag}`);
    await expect(lineOf(page, 'Call Carl')).toContainText('Cancelled');
    await check(page, 'a saved filter');
    await boxOf(page, 'Buy bread').click();
    await expect(page.getByRole('button', { name: 'Undo' }).first()).toBeVisible();
    await check(page, 'a toast');
  });

for (const look of LOOKS)
  test(`given the ${look.scheme} theme on ${look.name} when the menus above a list are open then axe finds nothing`, async ({
    page,
    request,
  }) => {
    const tag = newWord();
    await makeTasks(request, tag, TITLES);
    await dress(page, look);
    await page.goto(`/tag/${tag}`);
    await linkOf(page, 'Ask Ann').waitFor();
    const bar = page.getByRole('group', { name: 'Filter and sort' });
    const popup = page.getByRole('menu').or(page.getByRole('dialog'));
    for (const [name, inside] of [
      ['Status', page.getByRole('menuitem', { name: 'Any status' })],
      ['Priority', page.getByRole('menuitemcheckbox', { name: 'Urgent' })],
      ['Due', page.getByLabel('Until')],
      ['Sort', page.getByRole('menuitemradio', { name: 'Newest first' })],
      ['Tags', page.getByRole('listbox', { name: 'Tags' }).getByRole('option').first()],
    ] as const) {
      await bar.getByRole('button', { name, exact: true }).click();
      await expect(inside).toBeVisible();
      await check(page, name);
      await press(page, 'Escape');
      await expect(popup).toHaveCount(0);
    }
  });

for (const look of LOOKS)
  test(`given the ${look.scheme} theme on ${look.name} when a line is understood and keys are shown then axe finds nothing`, async ({
    page,
  }) => {
    await dress(page, look);
    await page.goto('/all');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await press(page, 'q');
    const add = page.getByRole('dialog', { name: 'Add a task' });
    await add.getByRole('textbox').fill('Pay the gym tomorrow 9am #home !high every month');
    await expect(add.getByRole('status')).toContainText('Understood: ');
    await check(page, 'quick add');
    await press(page, 'Escape');
    await expect(add).toBeHidden();
    await press(page, '?');
    await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
    await check(page, 'keys');
  });

for (const look of PHONES)
  test(`given the ${look.scheme} theme on ${look.name} when the drawer is open then axe finds nothing`, async ({
    page,
  }) => {
    await dress(page, look);
    await page.goto('/all');
    await page.getByRole('button', { name: 'Lists' }).click();
    await expect(page.getByRole('dialog').getByRole('link', { name: 'All tasks' })).toBeVisible();
    await check(page, 'drawer');
  });
