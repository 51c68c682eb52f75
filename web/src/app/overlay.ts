/** What lies above the page: one thing at a time, opened from anywhere, loaded when it is first wanted. */
import { useSyncExternalStore } from 'react';

import type { Refusal } from '../tasks/bulk';
import { selection } from '../tasks/selection';
import type { ListSearch } from '../views/list/search';
import type { Place } from '../views/list/views';

/** What of a task is chosen from a list. */
export type Aspect = 'due' | 'priority' | 'tags';

export type Overlay =
  | { kind: 'palette' }
  | { kind: 'keys' }
  | { kind: 'import' }
  | { kind: 'export' }
  | { kind: 'change'; aspect: Aspect; ids: readonly string[] }
  | { kind: 'taskMenu'; x: number; y: number }
  | { kind: 'refused'; title: string; refusals: readonly Refusal[] }
  | { kind: 'saveFilter'; place: Place; search: ListSearch }
  | { kind: 'renameFilter'; name: string };

interface State {
  overlay: Overlay | null;
  /** After it was closed it stays until the next one comes, so that it can go as it wants to. */
  open: boolean;
  /** Counts what was opened. */
  turn: number;
}

let state: State = { overlay: null, open: false, turn: 0 };
const listeners = new Set<() => void>();

function set(next: State): void {
  state = next;
  listeners.forEach((listener) => {
    listener();
  });
}

/** What had the focus before anything lay above the page. */
let from: Element | null = null;

/** When it was opened, and for how long it may be on its way from a server that is far. */
let openedAt = 0;
const COMING_MS = 1500;

const ABOVE = '[role="dialog"], [role="menu"]';

export function openOverlay(overlay: Overlay): void {
  const active = document.activeElement;
  if (!active?.closest(ABOVE)) from = active;
  openedAt = performance.now();
  set({ overlay, open: true, turn: state.turn + 1 });
}

/** Closes what was opened at a turn; nothing, where another has come since. */
export function closeOverlay(turn = state.turn): void {
  if (state.open && turn === state.turn) set({ ...state, open: false });
}

/** Where the focus goes when all is closed: back, else to the task at the cursor; nowhere, where somebody has taken it. */
export function focusAfterOverlay(): HTMLElement | boolean {
  // What closes because something else opens leaves the focus to that.
  if (state.open) return false;
  const active = document.activeElement;
  if (active && active !== document.body && !active.closest(ABOVE)) return false;
  if (from instanceof HTMLElement && from.isConnected && from !== document.body) return from;
  return document.getElementById(`task-${selection.get().cursor?.id ?? ''}`) ?? true;
}

/** It was opened and is not there yet. */
export function isOverlayComing(): boolean {
  const isNew = performance.now() - openedAt < COMING_MS;
  return state.open && isNew && document.activeElement?.closest(ABOVE) === null;
}

/** This one is open. */
export function isOverlayOpen(kind: Overlay['kind']): boolean {
  return state.open && state.overlay?.kind === kind;
}

/** Opens it, or closes it where it is open. */
export function toggleOverlay(overlay: Overlay): void {
  if (isOverlayOpen(overlay.kind)) closeOverlay();
  else openOverlay(overlay);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useOverlay(): State {
  return useSyncExternalStore(subscribe, () => state);
}
