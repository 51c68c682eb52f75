/** What a change of one task makes of a list. Nothing in here reads or writes the cache. */
import type { TasksQuery } from './keys';
import { matches } from './matches';
import { orderOf } from './order';
import type { RowPages } from './queries';
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

/** The same list with another row in the place of one. */
function replaced(data: RowPages, row: TaskRow): RowPages {
  const pages = data.pages.map((page) => {
    const at = page.rows.findIndex((other) => other.id === row.id);
    return at < 0 ? page : { ...page, rows: page.rows.with(at, row) };
  });
  return { ...data, pages };
}

function counted(data: RowPages, more: number): RowPages {
  const [first, ...rest] = data.pages;
  if (more === 0 || first?.total == null) return data;
  return { ...data, pages: [{ ...first, total: first.total + more }, ...rest] };
}

function without(data: RowPages, id: string): RowPages {
  const pages = data.pages.map((page) => {
    const at = page.rows.findIndex((other) => other.id === id);
    return at < 0 ? page : { ...page, rows: page.rows.toSpliced(at, 1) };
  });
  return { ...data, pages };
}

/** Puts a row where the order has it. Behind the last that was read there may be others first: it comes with them. */
function placed(data: RowPages, query: TasksQuery, row: TaskRow): RowPages | null {
  const compare = orderOf(query);
  const end = data.pages.at(-1);
  if (!compare || !end) return null;
  const follows = (other: TaskRow | undefined) => other !== undefined && compare(row, other) < 0;
  let into = data.pages.findIndex((page) => follows(page.rows.at(-1)));
  if (into < 0) {
    if (end.nextCursor !== null) return data;
    into = data.pages.length - 1;
  }
  const pages = data.pages.map((page, index) => {
    if (index !== into) return page;
    const at = page.rows.findIndex(follows);
    return { ...page, rows: page.rows.toSpliced(at < 0 ? page.rows.length : at, 0, row) };
  });
  return { ...data, pages };
}

/** A list after a change. */
export interface Listed {
  data: RowPages;
  /** Where the task belongs is not known here: the list is to be read again. */
  unsure: boolean;
}

/**
 * A list after a task has become `row`, which enters, leaves, moves or stays; `null`: it is gone. A row that is older than the one
 * there is passed over.
 */
export function listed(
  query: TasksQuery,
  data: RowPages,
  id: string,
  row: TaskRow | null,
  now: Date,
): Listed {
  const held = heldIn(data, id);
  if (held && row && held.version > row.version) return { data, unsure: false };
  const belongs = row === null ? false : matches(query, row, now);
  if (row === null || belongs === false) {
    return { data: held ? counted(without(data, id), -1) : data, unsure: false };
  }
  const shown = held ? { ...row, highlights: held.highlights } : row;
  if (belongs === null) return { data: held ? replaced(data, shown) : data, unsure: true };
  if (held && samePlace(held, row, query)) return { data: replaced(data, shown), unsure: false };
  const moved = placed(held ? without(data, id) : data, query, shown);
  if (moved) return { data: counted(moved, held ? 0 : 1), unsure: false };
  return { data: held ? replaced(data, shown) : data, unsure: true };
}
