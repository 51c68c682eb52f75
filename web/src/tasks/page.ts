/** The pages that lists are read in. */
import type { ListParameters } from '../api/types';
import type { TasksQuery } from './keys';

/** The first page is small, to be there at once; the others are as long as they may be. */
const FIRST_PAGE = 50;
const NEXT_PAGE = 200;

/** What the page of a list at a cursor is asked for by; the first one has none, and says how many tasks there are in all. */
export function pageOf(query: TasksQuery, cursor: string | null): ListParameters {
  const page = cursor === null ? { limit: FIRST_PAGE, total: true } : { limit: NEXT_PAGE, cursor };
  return { ...query, ...page };
}
