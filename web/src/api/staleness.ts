/** Answers that say that they are stale: what they lack is on its way, and they are to be read again. */
const listeners = new Set<() => void>();

export const staleness = {
  /** An answer was stale. */
  note: (): void => {
    listeners.forEach((listener) => {
      listener();
    });
  },
  /** Tells of each such answer; what it returns ends that. */
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
