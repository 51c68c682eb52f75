import { useSyncExternalStore } from 'react';

/** `system`: as the device has it. */
export type Theme = 'system' | 'light' | 'dark';

const KEPT_AS = 'tasklog.theme';
const listeners = new Set<() => void>();

const root = document.documentElement;

/** `public/theme.js` has put it on the page. */
let theme = (root.dataset.theme ?? 'system') as Theme;

/** Chooses a theme, and keeps the choice on this device. */
export function chooseTheme(chosen: Theme): void {
  theme = chosen;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    localStorage.setItem(KEPT_AS, chosen);
  } catch {
    // Then it lasts as long as the page.
  }
  listeners.forEach((listener) => {
    listener();
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme);
}
