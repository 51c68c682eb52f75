import { expect, test } from 'vitest';

import { row } from '../../tasks/testing';
import { countInDigits, itemsOf, type ListItem, type Part } from './items';

const TODAY = '2026-11-25';

function part(rows: Part['rows'], given: Partial<Part> = {}): Part {
  return { rows, total: rows.length, totalIsExact: true, hasMore: false, preview: null, ...given };
}

const due = (due_date: string | null, status: 'pending' | 'completed' = 'pending') =>
  row({ due_date, status });

function told(items: ListItem[]): string[] {
  return items.map((item) => {
    if (item.kind === 'heading') return `${item.word}${item.count === null ? '' : ` (${item.count})`}`;
    if (item.kind === 'link') return item.words;
    return item.kind;
  });
}

test('given tasks by due date when they are lined up then each day has a heading, and all late ones have one', () => {
  const rows = [
    due('2026-11-02'),
    due('2026-11-20'),
    due(TODAY),
    due('2026-11-26'),
    due('2026-11-26'),
    due(null),
  ];
  expect(told(itemsOf([part(rows)], true, TODAY))).toEqual([
    ...['Overdue', 'task', 'task', 'Today', 'task'],
    ...['Tomorrow', 'task', 'task', 'No due date', 'task'],
  ]);
});

test('given completed tasks of days that passed when they are lined up then they are not overdue', () => {
  expect(told(itemsOf([part([due('2026-11-24', 'completed')])], true, TODAY))).toEqual(['Yesterday', 'task']);
});

test('given more late tasks than Today shows when they are lined up then a link says how many there are', () => {
  const late = part([due('2026-11-24'), due('2026-11-23'), due('2026-11-22')], {
    total: 1204,
    preview: { rows: 2, href: '/all' },
  });
  expect(told(itemsOf([late, part([due(TODAY)])], true, TODAY))).toEqual([
    ...['Overdue (1,204)', 'task', 'task', '1,202 more overdue'],
    ...['Today', 'task'],
  ]);
});

test('given an order that is not by date when tasks are lined up then there are no headings', () => {
  expect(told(itemsOf([part([due(TODAY), due(null)])], false, TODAY))).toEqual(['task', 'task']);
});

test('given more than was read when a list is lined up then lines at its end stand for it', () => {
  const items = itemsOf([part([due(TODAY)], { hasMore: true })], false, TODAY);
  expect(new Set(told(items).slice(1))).toEqual(new Set(['loading']));
});

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [123_456, '123,456'],
  [1_234_567, '1,234,567'],
])('given %d tasks when they are counted then in digits as English has them', (total, words) => {
  expect(countInDigits({ total, totalIsExact: true })).toBe(words);
  expect(countInDigits({ total, totalIsExact: false })).toBe(`${words}+`);
});
