import { createFinalURL, createQuerySerializer, defaultPathSerializer } from 'openapi-fetch';
import { expect, test } from 'vitest';

import { pageOf } from '../tasks/page';
import { firstPageUrl, firstQueries } from './firstList';

const TODAY = '2026-11-30';
const ORIGIN = 'http://127.0.0.1:8080';

const queriesOf = (url: string) => firstQueries(new URL(url, ORIGIN), TODAY);

test('given the URL of a list when it is opened then its sections are known, and elsewhere nothing is asked', () => {
  const open = ['pending', 'in_progress'];
  const today = [
    { status: open, sort: '-due', due_to: '2026-11-29' },
    { status: open, sort: 'due', due_from: TODAY, due_to: TODAY },
  ];
  for (const start of ['/', '/?q=milk&sort=title']) expect(queriesOf(start), start).toEqual(today);
  expect(queriesOf('/today?due=none&task=1')).toEqual(today);
  expect(queriesOf('/all?q=milk&status=any')).toEqual([{ q: 'milk' }]);
  expect(queriesOf('/filter/At%20home?priority=high')).toEqual([{ priority: ['high'], filter: 'At home' }]);
  for (const path of ['/ops', '/tag/', '/nowhere']) expect(queriesOf(path), path).toEqual([]);
});

test.each([
  '/today',
  '/tag/100%25%20a%2Fb%20%23c+d?q=a%26b%20c+d&tag=x&tag=y&sort=-due',
  '/filter/Urgent%20%26%20new',
])('given %s when its first page is asked for then by the request that the client makes of it', (path) => {
  for (const query of queriesOf(path)) {
    const sent = createFinalURL('/tasks', {
      baseUrl: ORIGIN,
      params: { query: pageOf(query, null) },
      querySerializer: createQuerySerializer(),
      pathSerializer: defaultPathSerializer,
    });
    const [early, late] = [new URL(firstPageUrl(query, ORIGIN)), new URL(sent)];
    expect(early.pathname).toBe(late.pathname);
    expect([...early.searchParams]).toEqual([...late.searchParams]);
  }
});
