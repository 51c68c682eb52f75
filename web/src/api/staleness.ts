/** Answers that say that they are stale: what they lack is on its way, and they are to be read again. */
const listeners = new Set<() => void>();
/** One was stale before anybody listened. */
let missed = false;

export const staleness = {
  /** An answer was stale. */
  note: (): void => {
    missed = listeners.size === 0;
    listeners.forEach((listener) => {
      listener();
    });
  },
  /** Tells of each such answer, and of one that was missed; what it returns ends that. */
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    if (missed) listener();
    missed = false;
    return () => listeners.delete(listener);
  },
};
