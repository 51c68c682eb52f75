/** How many tasks there are in lists that go on behind what was read: whether one there is counted, no event says. */
import type { Query, QueryClient } from '@tanstack/react-query';

import { api, dataOf } from '../api/client';
import { keys, type TasksQuery } from './keys';
import { goesOn, PAGES_READ_AGAIN } from './listing';
import { addsTo } from './onItsWay';
import type { RowPage, RowPages } from './queries';

/** When the total of a list was last asked for: what is answered to an earlier one may come later. */
const asked = new WeakMap<Query, object>();

const pagesOf = ({ state }: Query): RowPage[] => (state.data as RowPages | undefined)?.pages ?? [];

/** Reads the totals of such lists again. A short one that nobody sees is read as a whole when it is next looked at. */
export function recount(client: QueryClient): void {
  for (const list of client.getQueryCache().findAll({ queryKey: keys.lists })) {
    const pages = pagesOf(list);
    if (!goesOn(pages)) continue;
    if (list.isActive() || pages.length > PAGES_READ_AGAIN) readTotal(list).catch(() => undefined);
    else list.invalidate();
  }
}

async function readTotal(list: Query): Promise<void> {
  const ask = {};
  asked.set(list, ask);
  const query = { ...(list.queryKey[2] as TasksQuery), limit: 1, total: true };
  const answer = await dataOf(api.GET('/tasks', { params: { query } }));
  // A next page that is on its way takes the place of what is put into the list now.
  for (let page = addsTo(list); page; page = addsTo(list)) await page.then(taken, taken);
  const [first, ...others] = pagesOf(list);
  if (first === undefined || asked.get(list) !== ask) return;
  const [total, totalIsExact] = [answer.total ?? null, answer.total_is_exact ?? true];
  if (first.total === total && first.totalIsExact === totalIsExact) return;
  const data = list.state.data as RowPages;
  // Of its rows nothing was read: when that is to be done is as before.
  list.setState({ data: { ...data, pages: [{ ...first, total, totalIsExact }, ...others] } });
}

/** Once an answer is taken. */
const taken = () => new Promise<void>((go) => setTimeout(go));
