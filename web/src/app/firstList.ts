/** The list that the page begins with: what it asks for is known before anything of the page is there. */
import { askEarly } from '../api/early';
import type { TasksQuery } from '../tasks/keys';
import { pageOf } from '../tasks/page';
import type { Day } from '../time/day';
import { readSearch } from '../views/list/search';
import { askedOf, viewOf, type Place } from '../views/list/views';
import { routeOf } from './routes';

type Url = Pick<Location, 'pathname' | 'search'>;

/** The list that a URL leads to, with what it asks of it. */
function listOf({ pathname, search }: Url): { place: Place; search: string } | null {
  const route = routeOf(pathname);
  // The start leads to today as such.
  if (route.kind === 'start') return { place: { kind: 'today' }, search: '' };
  return route.kind === 'list' ? { place: route.place, search } : null;
}

/** What is asked for at a URL on a day, a query for each section of its list; nothing where it leads to no list. */
export function firstQueries(url: Url, today: Day): TasksQuery[] {
  const list = listOf(url);
  if (list === null) return [];
  const { place, search } = list;
  const asked = askedOf(place, readSearch(new URLSearchParams(search)));
  // No saved filter is known yet; that is so where its list asks first, too.
  return viewOf(place, asked, today, []).sections.map(({ query }) => query);
}

/** The URL of the first page of a list. */
export function firstPageUrl(query: TasksQuery, origin: string): string {
  const url = new URL('/tasks', origin);
  for (const [name, value] of Object.entries(pageOf(query, null))) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    for (const one of values) url.searchParams.append(name, String(one));
  }
  return url.href;
}

let first: readonly TasksQuery[] = [];

/** Asks for the list that a URL leads to on a day. */
export function askFirstList(url: Url & Pick<Location, 'origin'>, today: Day): void {
  first = firstQueries(url, today);
  askEarly(first.map((query) => firstPageUrl(query, url.origin)));
}

/** What was asked for; by the time the page is there, the day may be another. */
export const firstAsked = (): readonly TasksQuery[] => first;
