/** Saved filters, with what was done to them and is not confirmed yet. */
import { useMutationState } from '@tanstack/react-query';

import type { Filter, SavedQuery } from '../api/types';
import type { FilterBack } from './back';
import { keys } from './keys';

/** A write to a saved filter on its way. As one to a task it can be kept, and sent again under the same key. */
export interface FilterWrite {
  key: string;
  intent: FilterBack;
  /** It takes another back, and is not offered to be taken back itself. */
  takesBack: boolean;
}

/** The version of a filter as a write makes it that is not confirmed: the server counts from 1. */
export const UNCONFIRMED = 0;

/** A query after a merge patch. */
function merged(query: SavedQuery, patch: SavedQuery): SavedQuery {
  const members = Object.entries({ ...query, ...patch }).filter(([, value]) => value !== null);
  return Object.fromEntries(members);
}

/** The parameters as a merge patch that leaves none of those before. */
export function replacing(before: SavedQuery, query: SavedQuery): SavedQuery {
  const gone = Object.fromEntries(Object.keys(before).map((name) => [name, null]));
  return { ...gone, ...query };
}

function after(filters: readonly Filter[], intent: FilterBack): readonly Filter[] {
  const made = { version: UNCONFIRMED };
  switch (intent.do) {
    case 'create': {
      const { name, query } = intent;
      if (filters.some((one) => one.name === name)) return filters;
      return [...filters, { ...made, name, query, created_at: '', updated_at: '' }];
    }
    case 'delete':
      return filters.filter(({ name }) => name !== intent.filter.name);
    case 'rename':
      return filters.map((one) =>
        one.name === intent.filter.name ? { ...one, ...made, name: intent.name } : one,
      );
    case 'replace':
      return filters.map((one) =>
        one.name === intent.filter.name ? { ...one, ...made, query: merged(one.query, intent.query) } : one,
      );
  }
}

/** The filters as these make them, one after the other; by name. */
export function filtersAfter(filters: Filter[], intents: readonly FilterBack[]): Filter[] {
  if (intents.length === 0) return filters;
  const changed = intents.reduce<readonly Filter[]>(after, filters);
  return changed.toSorted((one, other) => one.name.localeCompare(other.name));
}

/** What is done to filters and is not confirmed yet, oldest first. */
export function usePendingFilters(): FilterBack[] {
  return useMutationState({
    filters: { mutationKey: keys.filterWrite, status: 'pending' },
    select: ({ state }) => (state.variables as FilterWrite).intent,
  });
}
