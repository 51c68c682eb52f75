import { useSyncExternalStore } from 'react';

import type { LinkState } from './link';

let state: LinkState = 'connecting';
const listeners = new Set<() => void>();

/** How it stands with the live stream, for everybody who shows it. */
export const liveStatus = {
  get: (): LinkState => state,
  set: (now: LinkState): void => {
    state = now;
    listeners.forEach((listener) => {
      listener();
    });
  },
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** How it stands with the live stream. */
export function useLiveStatus(): LinkState {
  return useSyncExternalStore(subscribe, liveStatus.get);
}
