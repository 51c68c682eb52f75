import { expect, test } from 'vitest';

import { readSearch } from './search';
import { askedOf, pathOf, viewOf, type Place } from './views';

const TODAY = '2026-11-30';
const OPEN = ['pending', 'in_progress'];

/** What a place asks the server for. */
function asked(place: Place, query: string, saved = {}) {
  const filter = { name: 'mine', query: saved, created_at: '', updated_at: '', version: 1 };
  const search = askedOf(place, readSearch(new URLSearchParams(query)));
  return viewOf(place, search, TODAY, [filter]).sections.map((section) => section.query);
}

test('given a place that is about days when its URL has others, or none, then they are passed over', () => {
  for (const query of ['due=none', 'due_from=2026-12-24&due_to=2026-12-26', 'overdue=true']) {
    expect(asked({ kind: 'upcoming' }, query)).toEqual([{ status: OPEN, sort: 'due', due_from: TODAY }]);
    expect(asked({ kind: 'today' }, query)).toEqual([
      { status: OPEN, sort: '-due', due_to: '2026-11-29' },
      { status: OPEN, sort: 'due', due_from: TODAY, due_to: TODAY },
    ]);
  }
});

test('given Today when more is overdue than it shows then the link to the rest asks for what is asked for here', () => {
  const hrefOf = (query: string) => {
    const search = readSearch(new URLSearchParams(query));
    return viewOf({ kind: 'today' }, search, TODAY, []).sections[0]?.preview?.href;
  };
  expect(hrefOf('')).toBe('/all?overdue=true&sort=-due');
  expect(hrefOf('tag=home&priority=high')).toBe('/all?priority=high&tag=home&overdue=true&sort=-due');
  expect(hrefOf('status=any&sort=title')).toBe('/all?status=any&overdue=true&sort=title');
  expect(hrefOf('q=milk')).toBe('/all?q=milk&overdue=true');
});

test('given any other place when tasks without a due date are asked for then these, in its own order', () => {
  const undated = { status: OPEN, sort: 'due', due: 'none' };
  expect(asked({ kind: 'all' }, 'due=none')).toEqual([undated]);
  expect(asked({ kind: 'tag', tag: 'home' }, 'due=none')).toEqual([{ ...undated, tag: ['home'] }]);
});

test('given a saved filter of what is overdue when days are asked for then it is these days, late or not', () => {
  const place: Place = { kind: 'filter', name: 'mine' };
  const days = { due_from: '2026-12-01', filter: 'mine' };
  expect(asked(place, 'due_from=2026-12-01', { overdue: true })).toEqual([{ ...days, overdue: false }]);
  expect(asked(place, 'due_from=2026-12-01&overdue=true', { overdue: true })).toEqual([
    { ...days, overdue: true },
  ]);
  expect(asked(place, 'due_from=2026-12-01', { tag: ['home'] })).toEqual([days]);
});

test('given a saved filter of days when what is overdue is asked for then it is that of any day', () => {
  const place: Place = { kind: 'filter', name: 'mine' };
  const late = { overdue: true, filter: 'mine' };
  const [due_from, due_to] = ['2026-12-01', '2026-12-31'];
  const [first, last] = [{ due_from: '1900-01-01' }, { due_to: '9999-12-31' }];
  expect(asked(place, 'overdue=true', { due_from, due_to })).toEqual([{ ...late, ...first, ...last }]);
  expect(asked(place, 'overdue=true', { due_to, overdue: true })).toEqual([{ ...late, ...last }]);
  expect(asked(place, 'overdue=true', { tag: ['home'] })).toEqual([late]);
  expect(asked(place, '', { due_from, due_to })).toEqual([{ filter: 'mine' }]);
});

test('given a tag whose name is a step in a path when it is led to then that is by a condition', () => {
  const leadsTo = (tag: string) => {
    const { pathname, search } = new URL(pathOf({ kind: 'tag', tag }), 'http://tasklog');
    return pathname + search;
  };
  expect(['.', '..', 'v1.2', 'a/b'].map(leadsTo)).toEqual([
    ...['/all?tag=.', '/all?tag=..'],
    ...['/tag/v1.2', '/tag/a%2Fb'],
  ]);
});
