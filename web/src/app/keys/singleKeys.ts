import { useSyncExternalStore } from 'react';

const KEPT_AS = 'tasklog.singleKeys';
const listeners = new Set<() => void>();

function kept(): boolean {
  try {
    return localStorage.getItem(KEPT_AS) !== 'off';
  } catch {
    // A browser may refuse to keep anything.
    return true;
  }
}

let on = kept();

/** Whether a letter by itself does something. Who speaks to the computer, or hits keys by chance, turns it off. */
export const singleKeys = {
  areOn: (): boolean => on,
  /** Chooses, and keeps the choice on this device. */
  choose: (chosen: boolean): void => {
    on = chosen;
    try {
      localStorage.setItem(KEPT_AS, chosen ? 'on' : 'off');
    } catch {
      // Then it lasts as long as the page.
    }
    listeners.forEach((listener) => {
      listener();
    });
  },
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(subscribe, () => on);
}
