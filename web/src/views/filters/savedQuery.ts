import type { Filter, SavedQuery } from '../../api/types';
import type { ListSearch } from '../list/search';
import type { Place } from '../list/views';
import { PRIORITY_WORDS, STATUS_WORDS } from '../list/words';

const OPEN: NonNullable<SavedQuery['status']> = ['pending', 'in_progress'];

/**
 * What a list shows, as a filter keeps it: the conditions, with those of the place. The days that Today and Upcoming are about are not
 * kept, as they would be other days tomorrow.
 */
export function savedQueryOf(place: Place, search: ListSearch, filters: readonly Filter[]): SavedQuery {
  const base: SavedQuery =
    place.kind === 'filter'
      ? kept(filters.find(({ name }) => name === place.name)?.query ?? {}, search)
      : { status: OPEN, ...(place.kind === 'tag' && { tag: [place.tag] }) };
  const tags = [...new Set([...(place.kind === 'tag' ? [place.tag] : []), ...search.tag])];
  const query: SavedQuery = {
    ...base,
    ...(search.q !== '' && { q: search.q }),
    ...(search.status !== null && search.status !== 'any' && { status: search.status }),
    ...(search.priority.length > 0 && { priority: search.priority }),
    ...(tags.length > 0 && { tag: tags }),
    ...(search.dueFrom !== null && { due_from: search.dueFrom }),
    ...(search.dueTo !== null && { due_to: search.dueTo }),
    ...(search.overdue && { overdue: true }),
    ...(search.undated && { due: 'none' }),
    ...(search.sort !== null && search.sort !== 'relevance' && { sort: search.sort }),
  };
  if (search.status === 'any') delete query.status;
  return query;
}

/**
 * What stays of a filter beside what is asked for: no task is due at a time and at none, and what is late is chosen instead of days, as
 * these are instead of it.
 */
function kept(query: SavedQuery, search: ListSearch): SavedQuery {
  const stays = { ...query };
  const asksForDays = search.dueFrom !== null || search.dueTo !== null;
  if (asksForDays || search.overdue) delete stays.due;
  if (asksForDays || search.undated) delete stays.overdue;
  if (search.undated || (search.overdue && !asksForDays)) {
    delete stays.due_from;
    delete stays.due_to;
  }
  return stays;
}

const isOpenOnly = (status: SavedQuery['status'] = []): boolean =>
  status.length === 2 && status.includes('pending') && status.includes('in_progress');

/** A saved query in words, one for each condition. */
export function queryWords(query: SavedQuery): string[] {
  const { status = [], priority = [], tag = [] } = query;
  const words = [
    query.q ? `“${query.q}”` : '',
    isOpenOnly(status) ? 'Open' : status.map((one) => STATUS_WORDS[one]).join(' or '),
    priority.map((one) => PRIORITY_WORDS[one]).join(' or '),
    ...tag.map((one) => `#${one}`),
    query.overdue ? 'Overdue' : '',
    query.due === 'none' ? 'No due date' : '',
    query.due_from ? `from ${query.due_from}` : '',
    query.due_to ? `until ${query.due_to}` : '',
  ];
  return words.filter((word) => word !== '');
}

const NAME_CHARACTERS_MAX = 64;

/** A name that says what it finds. */
export function suggestedName(query: SavedQuery): string {
  const words = queryWords(query).filter((word) => word !== 'Open');
  return words.join(', ').slice(0, NAME_CHARACTERS_MAX);
}
