import { useCallback, useMemo } from 'react';
import { navigate, usePathname, useSearch } from 'wouter/use-browser-location';

import { readSearch, writeSearch, type ListSearch } from './search';
import { askedOf, type Place } from './views';

/**
 * What the URL asks of the list of a place, and how to ask for something else. Each condition is a step in the history; words that are typed
 * are not. A place is made anew with each rendering; its key says whether it is another.
 */
export function useListSearch(
  place: Place,
  placeKey: string,
): [ListSearch, (change: Partial<ListSearch>, step?: 'push' | 'replace') => void] {
  const query = useSearch();
  const path = usePathname();
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const read = useCallback((from: URLSearchParams) => askedOf(place, readSearch(from)), [placeKey]);
  const search = useMemo(() => read(new URLSearchParams(query)), [read, query]);
  const change = useCallback(
    (changed: Partial<ListSearch>, step: 'push' | 'replace' = 'push') => {
      // What is in the URL now, which may be ahead of what was rendered last.
      const parameters = new URLSearchParams(globalThis.location.search);
      const written = writeSearch({ ...read(parameters), ...changed }, parameters).toString();
      navigate(written === '' ? path : `${path}?${written}`, { replace: step === 'replace' });
    },
    [path, read],
  );
  return [search, change];
}
