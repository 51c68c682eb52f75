import { useCallback, useSyncExternalStore } from 'react';

/** The widths at which the page is laid out otherwise; the style sheets have the same. */
export const PHONE = '(max-width: 719px)';
/** The panel lies over the list. */
export const NARROW = '(max-width: 1099px)';

/** Whether the window is so. */
export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
