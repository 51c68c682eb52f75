/** What the stream tells, as it comes: for who shows the events themselves. */
import type { StreamEvent } from '../api/stream';

type Listener = (events: readonly StreamEvent[]) => void;

const listeners = new Set<Listener>();

export const heard = {
  /** Tells whoever listens. */
  tell: (events: readonly StreamEvent[]): void => listeners.forEach((listener) => listener(events)),
  /** Listens until what it returns is called. */
  subscribe: (listener: Listener): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
