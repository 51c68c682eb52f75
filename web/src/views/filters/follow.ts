import { navigate } from 'wouter/use-browser-location';

import { pathOf } from '../list/views';

/** Who looks at a filter goes on to do so under its new name. */
export function follow(from: string, to: string): void {
  if (globalThis.location.pathname !== pathOf({ kind: 'filter', name: from })) return;
  navigate(pathOf({ kind: 'filter', name: to }) + globalThis.location.search, { replace: true });
}
