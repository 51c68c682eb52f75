/**
 * What somebody asks of a list, as the URL has it. The names and values are those of `GET /tasks`, so that a link of the page reads as a
 * request does; `status=any` alone is the page's own, as its lists show open tasks where nothing is said.
 */
import type { Priority, Status } from '../../api/types';
import { isDay, type Day } from '../../time/day';

export const STATUSES = ['pending', 'in_progress', 'completed', 'cancelled'] as const satisfies Status[];
export const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'] as const satisfies Priority[];
const SORT_KEYS = ['due', 'priority', 'created_at', 'updated_at', 'title'] as const;

export type SortKey = (typeof SORT_KEYS)[number];
export type Sort = SortKey | `-${SortKey}` | 'relevance';
export const SORTS: readonly Sort[] = [
  'relevance',
  ...SORT_KEYS.flatMap((key) => [key, `-${key}`] satisfies Sort[]),
];

export interface ListSearch {
  /** Full text; empty where nothing is searched. */
  q: string;
  /** Any of these; `null` is what the view shows by itself, `any` all. */
  status: Status[] | 'any' | null;
  /** Any of these. */
  priority: Priority[];
  /** All of these. */
  tag: string[];
  dueFrom: Day | null;
  dueTo: Day | null;
  overdue: boolean;
  /** Without a due date. */
  undated: boolean;
  /** `null`: the view's own order. */
  sort: Sort | null;
}

const isOneOf = <T extends string>(all: readonly T[], text: string): text is T =>
  (all as readonly string[]).includes(text);

function listed<T extends string>(parameters: URLSearchParams, name: string, all: readonly T[]): T[] {
  const given = parameters.getAll(name);
  return all.filter((one) => given.includes(one));
}

function dayIn(parameters: URLSearchParams, name: string): Day | null {
  const text = parameters.get(name) ?? '';
  return isDay(text) ? text : null;
}

/** Reads the query of a URL. What is not understood is passed over, so that no link leads nowhere. */
export function readSearch(parameters: URLSearchParams): ListSearch {
  const status = listed(parameters, 'status', STATUSES);
  const undated = parameters.get('due') === 'none';
  const sort = parameters.get('sort') ?? '';
  return {
    q: parameters.get('q') ?? '',
    status: parameters.get('status') === 'any' ? 'any' : status.length > 0 ? status : null,
    priority: listed(parameters, 'priority', PRIORITIES),
    tag: [...new Set(parameters.getAll('tag'))].filter((tag) => tag !== ''),
    // What is not due on any day is due on none of these: the server refuses to look for it.
    dueFrom: undated ? null : dayIn(parameters, 'due_from'),
    dueTo: undated ? null : dayIn(parameters, 'due_to'),
    overdue: !undated && parameters.get('overdue') === 'true',
    undated,
    sort: isOneOf(SORTS, sort) ? sort : null,
  };
}

/** When tasks are due does not matter. */
export const ANY_TIME = { dueFrom: null, dueTo: null, overdue: false, undated: false };

/** Every parameter that is a list's; others in a URL, such as `task`, are none of its business. */
const NAMES = ['q', 'status', 'priority', 'tag', 'due_from', 'due_to', 'overdue', 'due', 'sort'] as const;

/** Writes a search into the query of a URL, whose other parameters stay. */
export function writeSearch(search: ListSearch, parameters: URLSearchParams): URLSearchParams {
  const written = new URLSearchParams(parameters);
  for (const name of NAMES) written.delete(name);
  if (search.q !== '') written.set('q', search.q);
  const status = search.status === 'any' ? ['any'] : (search.status ?? []);
  for (const one of status) written.append('status', one);
  for (const one of search.priority) written.append('priority', one);
  for (const one of search.tag) written.append('tag', one);
  if (search.dueFrom !== null) written.set('due_from', search.dueFrom);
  if (search.dueTo !== null) written.set('due_to', search.dueTo);
  if (search.overdue) written.set('overdue', 'true');
  if (search.undated) written.set('due', 'none');
  if (search.sort !== null) written.set('sort', search.sort);
  return written;
}

/** It asks for something: words or conditions, the order aside. */
export function isFiltered(search: ListSearch): boolean {
  return writeSearch({ ...search, sort: null }, new URLSearchParams()).size > 0;
}

/** The same without any condition; the order stays. */
export function cleared(search: ListSearch): ListSearch {
  return { ...readSearch(new URLSearchParams()), sort: search.sort };
}
