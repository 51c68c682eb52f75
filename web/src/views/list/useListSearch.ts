import { useCallback, useMemo } from 'react';
import { navigate, usePathname, useSearch } from 'wouter/use-browser-location';

import { readSearch, writeSearch, type ListSearch } from './search';

/** What the URL asks of the list, and how to ask for something else. Each condition is a step in the history; words that are typed are not. */
export function useListSearch(): [
  ListSearch,
  (change: Partial<ListSearch>, step?: 'push' | 'replace') => void,
] {
  const query = useSearch();
  const path = usePathname();
  const search = useMemo(() => readSearch(new URLSearchParams(query)), [query]);
  const change = useCallback(
    (changed: Partial<ListSearch>, step: 'push' | 'replace' = 'push') => {
      // What is in the URL now, which may be ahead of what was rendered last.
      const parameters = new URLSearchParams(globalThis.location.search);
      const written = writeSearch({ ...readSearch(parameters), ...changed }, parameters).toString();
      navigate(written === '' ? path : `${path}?${written}`, { replace: step === 'replace' });
    },
    [path],
  );
  return [search, change];
}
