import { useSyncExternalStore } from 'react';

/** `system`: as the device has it. */
export type Theme = 'system' | 'light' | 'dark';

const KEPT_AS = 'tasklog.theme';
const listeners = new Set<() => void>();

function kept(): Theme {
  try {
    const theme = localStorage.getItem(KEPT_AS);
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    // A browser may refuse to keep anything.
    return 'system';
  }
}

let theme: Theme = kept();

/** Puts the theme on the page; called before the first thing is drawn. */
export function applyTheme(): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
}

/** Chooses a theme, and keeps the choice on this device. */
export function chooseTheme(chosen: Theme): void {
  theme = chosen;
  applyTheme();
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
