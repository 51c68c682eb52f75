/** The lists that there are: what each asks the server for, beside what the URL says. */
import type { Filter, SavedQuery } from '../../api/types';
import type { IconName } from '../../components/Icon';
import type { TasksQuery } from '../../tasks/keys';
import { addDays, type Day } from '../../time/day';
import { ANY_TIME, writeSearch, type ListSearch } from './search';

export type Place =
  { kind: 'today' | 'upcoming' | 'all' } | { kind: 'tag'; tag: string } | { kind: 'filter'; name: string };

/** A part of a list that is asked for by itself. */
export interface Section {
  query: TasksQuery;
  /** Only so many of its tasks are shown; a link leads to the others. */
  preview: { rows: number; href: string } | null;
}

export interface ListView {
  title: string;
  icon: IconName;
  /** One or two. */
  sections: Section[];
  /** Its tasks stand under the days on which they are due. */
  byDay: boolean;
  /** Its days cannot be chosen: they are what it is about. */
  ownDays: boolean;
  /** Tasks that are added here get these words at their end. */
  addWords: string;
}

const OPEN: TasksQuery['status'] = ['pending', 'in_progress'];

/** All the days there are; nothing but other days takes those of a saved filter away. */
const [FIRST_DAY, LAST_DAY] = ['1900-01-01', '9999-12-31'];

/** Of overdue tasks, Today shows this many: it is about today. */
const OVERDUE_SHOWN = 5;

/** The order of a list: the chosen one, for words the best match, else its own. */
function sortOf(search: ListSearch, own: string | undefined): string | undefined {
  if (search.sort === 'relevance') return search.q === '' ? own : search.sort;
  return search.sort ?? (search.q === '' ? own : undefined);
}

function queryOf(search: ListSearch, own: { status?: TasksQuery['status']; sort?: string }): TasksQuery {
  const status = search.status === 'any' ? undefined : (search.status ?? own.status);
  const sort = sortOf(search, own.sort);
  return {
    ...(search.q !== '' && { q: search.q }),
    ...(status && { status }),
    ...(search.priority.length > 0 && { priority: search.priority }),
    ...(search.tag.length > 0 && { tag: search.tag }),
    ...(search.dueFrom !== null && { due_from: search.dueFrom }),
    ...(search.dueTo !== null && { due_to: search.dueTo }),
    ...(search.overdue && { overdue: true }),
    ...(search.undated && { due: 'none' }),
    ...(sort !== undefined && { sort }),
  };
}

const isByDue = (sort: string | null | undefined): boolean => sort === 'due' || sort === '-due';

const whole = (query: TasksQuery): Section => ({ query, preview: null });

/** The path of a place. */
export function pathOf(place: Place): string {
  switch (place.kind) {
    case 'tag':
      // Browsers take these for steps in a path, however they are escaped.
      if (place.tag === '.' || place.tag === '..') return `/all?tag=${place.tag}`;
      return `/tag/${encodeURIComponent(place.tag)}`;
    case 'filter':
      return `/filter/${encodeURIComponent(place.name)}`;
    default:
      return `/${place.kind}`;
  }
}

/** What is asked of a place: not when tasks are due, where its days are what it is about. */
export function askedOf(place: Place, search: ListSearch): ListSearch {
  return hasOwnDays(place) ? { ...search, ...ANY_TIME } : search;
}

const hasOwnDays = ({ kind }: Place): boolean => kind === 'today' || kind === 'upcoming';

/** What a place shows on a day. The saved filters say how the one that is looked at orders. */
export function viewOf(place: Place, search: ListSearch, today: Day, filters: readonly Filter[]): ListView {
  const query = queryOf(search, { status: OPEN, sort: 'due' });
  const view = { ownDays: hasOwnDays(place), byDay: isByDue(query.sort), addWords: '' };
  switch (place.kind) {
    case 'today':
      return {
        ...view,
        title: 'Today',
        icon: 'today',
        sections: todaySections(query, search, today),
        byDay: true,
        addWords: ' today',
      };
    case 'upcoming': {
      const sections = [whole({ ...query, due_from: today })];
      return { ...view, title: 'Upcoming', icon: 'calendar', sections };
    }
    case 'all':
      return { ...view, title: 'All tasks', icon: 'all', sections: [whole(query)] };
    case 'tag': {
      const tag = [place.tag, ...search.tag.filter((other) => other !== place.tag)];
      const sections = [whole({ ...query, tag })];
      return { ...view, title: place.tag, icon: 'tag', sections, addWords: ` #${place.tag}` };
    }
    case 'filter': {
      const saved: SavedQuery = filters.find((filter) => filter.name === place.name)?.query ?? {};
      const asked = queryOf(search, {});
      // Days are chosen instead of what is late, not among it, and what is late instead of days.
      if (asked.due_from ?? asked.due_to) {
        if (saved.overdue) asked.overdue ??= false;
      } else if (asked.overdue) {
        if (saved.due_from) asked.due_from = FIRST_DAY;
        if (saved.due_to) asked.due_to = LAST_DAY;
      }
      const byDay = isByDue(asked.sort ?? saved.sort);
      return {
        ...view,
        title: place.name,
        icon: 'filter',
        sections: [whole({ ...asked, filter: place.name })],
        byDay,
      };
    }
  }
}

function todaySections(query: TasksQuery, search: ListSearch, today: Day): Section[] {
  const late: TasksQuery = { ...query, due_to: addDays(today, -1) };
  if (query.sort === 'due') late.sort = '-due';
  // The others are those that are asked for here as well.
  const sort = query.sort === 'due' ? '-due' : search.sort;
  const all = writeSearch({ ...search, overdue: true, sort }, new URLSearchParams());
  const preview = { rows: OVERDUE_SHOWN, href: `/all?${all.toString()}` };
  return [{ query: late, preview }, whole({ ...query, due_from: today, due_to: today })];
}
