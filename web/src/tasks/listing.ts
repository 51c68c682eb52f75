/** What a change of tasks makes of a list. Nothing in here reads or writes the cache. */
import type { TasksQuery } from './keys';
import { matches } from './matches';
import { orderOf, type Compare } from './order';
import type { RowPage, RowPages } from './queries';
import type { TaskRow } from './row';

/**
 * A list of more pages than this is not read again as a whole: that would take as many requests, one after the other. It is kept
 * right by what is written into it.
 */
export const PAGES_READ_AGAIN = 3;

/** The order of a list hangs on one of these. */
const samePlace = (one: TaskRow, other: TaskRow, { sort }: TasksQuery): boolean =>
  one.day === other.day &&
  one.due_utc === other.due_utc &&
  one.priority === other.priority &&
  one.title === other.title &&
  (one.updated_at === other.updated_at || !sort?.endsWith('updated_at'));

/** A row of a list, if it was read so far. */
export function heldIn({ pages }: RowPages, id: string): TaskRow | undefined {
  for (const { rows } of pages) {
    const row = rows.find((other) => other.id === id);
    if (row) return row;
  }
  return undefined;
}

/** Of more look-ups than these each does not go through the list by itself: both may be long. */
const LOOKUPS_FEW = 20;

/** Finds rows of lists, so many of them: the newest of each, if it was read so far. */
export function finder(lists: readonly RowPages[], count: number): (id: string) => TaskRow | undefined {
  if (count <= LOOKUPS_FEW) return (id) => newestIn(lists, id);
  const rows = new Map<string, TaskRow>();
  for (const { pages } of lists)
    for (const page of pages)
      for (const row of page.rows) {
        const held = rows.get(row.id);
        if (!held || row.version > held.version) rows.set(row.id, row);
      }
  return (id) => rows.get(id);
}

function newestIn(lists: readonly RowPages[], id: string): TaskRow | undefined {
  let newest: TaskRow | undefined;
  for (const list of lists) {
    const held = heldIn(list, id);
    if (held && (!newest || held.version > newest.version)) newest = held;
  }
  return newest;
}

/** There is more than was read. */
export const goesOn = (pages: readonly RowPage[]): boolean => (pages.at(-1)?.nextCursor ?? null) !== null;

/** The last row that was read. */
const lastOf = (pages: readonly RowPage[]): TaskRow | undefined =>
  pages.findLast(({ rows }) => rows.length > 0)?.rows.at(-1);

/** Tasks by id, as they are now; `null` for one that is gone. */
export type Rows = ReadonlyMap<string, TaskRow | null>;

/** A list after a change. */
export interface Listed {
  data: RowPages;
  /** Where a task belongs is not known here: the list is to be read again. */
  unsure: boolean;
}

/** A list lacks a task that it has by now: its place is among what was read. Whether one behind that was counted nobody can say. */
export function lacks(query: TasksQuery, data: RowPages, row: TaskRow, now: Date): boolean {
  const compare = orderOf(query);
  if (compare === null || matches(query, row, now) !== true) return false;
  if (!goesOn(data.pages)) return true;
  const last = lastOf(data.pages);
  return last !== undefined && compare(row, last) < 0;
}

/** A row has its place behind what was read. */
function isBehind(pages: readonly RowPage[], row: TaskRow, compare: Compare): boolean {
  const last = lastOf(pages);
  return goesOn(pages) && last !== undefined && compare(row, last) > 0;
}

/** What a change makes of a list: it keeps or replaces what it holds, and has rows that find their place. */
interface Sorted {
  pages: RowPage[];
  coming: TaskRow[];
  /** By so many it is longer. */
  more: number;
  unsure: boolean;
}

/**
 * A list after tasks have become others, which enter, leave, move or stay. It is gone through a single time. A row that is older than
 * the one there is passed over.
 */
export function listed(query: TasksQuery, data: RowPages, rows: Rows, now: Date): Listed {
  const compare = orderOf(query);
  const { pages, coming, more, unsure } = sorted(query, data, rows, now, compare);
  if (compare === null) return { data: counted(data, pages, more), unsure: unsure || coming.length > 0 };
  const all = counted(data, placed(pages, coming, compare), more + coming.length);
  return { data: all, unsure: unsure || (coming.length > 0 && isBlank(pages)) };
}

function sorted(query: TasksQuery, data: RowPages, rows: Rows, now: Date, compare: Compare | null): Sorted {
  const left = new Map(rows);
  const result: Sorted = { pages: [], coming: [], more: 0, unsure: false };
  const stay = (held: TaskRow): TaskRow[] => {
    const row = left.get(held.id);
    if (row === undefined) return [held];
    left.delete(held.id);
    if (row && held.version > row.version) return [held];
    const belongs = row === null ? false : matches(query, row, now);
    if (row === null || belongs === false) {
      result.more -= 1;
      return [];
    }
    const shown = { ...row, highlights: held.highlights };
    if (belongs === true && samePlace(held, row, query)) return [shown];
    if (belongs === null || compare === null) {
      result.unsure = true;
      return [shown];
    }
    result.more -= 1;
    result.coming.push(shown);
    return [];
  };
  // What is only replaced leaves the pages that do not have it as they are.
  result.pages = data.pages.map((page) =>
    page.rows.some(({ id }) => rows.has(id)) ? { ...page, rows: page.rows.flatMap(stay) } : page,
  );
  for (const row of left.values()) {
    const belongs = row === null ? false : matches(query, row, now);
    if (row === null || belongs === false) continue;
    if (belongs === null) result.unsure = true;
    // One that is not new may have been there before, and counted: `recount` reads how many there are.
    else if (row.version === 1 || compare === null || !isBehind(data.pages, row, compare))
      result.coming.push(row);
  }
  return result;
}

/** All that was read has left, and there is more: no row says where another stands. */
const isBlank = (pages: readonly RowPage[]): boolean =>
  goesOn(pages) && pages.every(({ rows }) => rows.length === 0);

/** Puts rows where the order has them. Behind the last that was read there may be others first: those come with them. */
function placed(pages: RowPage[], coming: readonly TaskRow[], compare: Compare): RowPage[] {
  if (coming.length === 0) return pages;
  let rest = coming.toSorted(compare);
  return pages.map((page, index) => {
    const last = page.rows.at(-1);
    const isEnd = index === pages.length - 1 && page.nextCursor === null;
    const count = isEnd ? rest.length : rest.findLastIndex((row) => last && compare(row, last) < 0) + 1;
    if (count === 0) return page;
    const rows = merged(page.rows, rest.slice(0, count), compare);
    rest = rest.slice(count);
    return { ...page, rows };
  });
}

/** Each of `coming`, which are in order, before the first row that follows it. */
function merged(rows: readonly TaskRow[], coming: readonly TaskRow[], compare: Compare): TaskRow[] {
  const all: TaskRow[] = [];
  let next = 0;
  for (const row of rows) {
    for (let one = coming[next]; one && compare(one, row) < 0; one = coming[next]) {
      all.push(one);
      next += 1;
    }
    all.push(row);
  }
  return [...all, ...coming.slice(next)];
}

/** The list with these pages, by so many longer; itself where they are the same. */
function counted(data: RowPages, pages: RowPage[], more: number): RowPages {
  const [first, ...others] = pages;
  if (first === undefined || (more === 0 && pages.every((page, at) => page === data.pages[at]))) return data;
  const total = first.total === null ? null : first.total + more;
  return { ...data, pages: [{ ...first, total }, ...others] };
}
