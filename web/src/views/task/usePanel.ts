import { useCallback } from 'react';
import { navigate, usePathname, useSearch } from 'wouter/use-browser-location';

const PARAMETER = 'task';

/** The URL of the same view with the panel of a task in it, or with none. */
export function panelHref(path: string, query: string, id: string | null): string {
  const parameters = new URLSearchParams(query);
  if (id === null) parameters.delete(PARAMETER);
  else parameters.set(PARAMETER, id);
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

/** Which task the panel shows, by the URL: `?task=ID`. */
export function usePanel(): { id: string | null; hrefOf: (id: string) => string; close: () => void } {
  const path = usePathname();
  const query = useSearch();
  const hrefOf = useCallback((id: string) => panelHref(path, query, id), [path, query]);
  const close = useCallback(() => navigate(panelHref(path, globalThis.location.search, null)), [path]);
  return { id: new URLSearchParams(query).get(PARAMETER), hrefOf, close };
}
