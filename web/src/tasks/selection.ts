/** Where the keyboard stands in the list, and which of its tasks are selected. */
import { useSyncExternalStore } from 'react';

export interface Selection {
  /** The tasks that the next change is for. */
  selected: ReadonlySet<string>;
  /** Where a range begins: the task that was selected last by itself. */
  anchor: string | null;
  /** The task that the keys move from, and its place among the tasks of the list. */
  cursor: { id: string; position: number } | null;
}

export const NOTHING: Selection = { selected: new Set(), anchor: null, cursor: null };

/** Selects a task, or no longer; ranges begin there. */
export function toggled(selection: Selection, id: string): Selection {
  const selected = new Set(selection.selected);
  if (!selected.delete(id)) selected.add(id);
  return { ...selection, selected, anchor: id };
}

/** Selects from where the range begins up to a task, as well as what is selected. `ids` are the list's. */
export function rangedTo(selection: Selection, ids: readonly string[], id: string): Selection {
  const from = ids.indexOf(selection.anchor ?? selection.cursor?.id ?? id);
  const to = ids.indexOf(id);
  if (to < 0) return selection;
  const range = from < 0 ? [id] : ids.slice(Math.min(from, to), Math.max(from, to) + 1);
  const anchor = from < 0 ? id : (ids[from] ?? id);
  return { ...selection, selected: new Set([...selection.selected, ...range]), anchor };
}

/** Puts the cursor on a task of the list. */
export function movedTo(selection: Selection, ids: readonly string[], position: number): Selection {
  const at = Math.max(0, Math.min(position, ids.length - 1));
  const id = ids[at];
  return id === undefined ? { ...selection, cursor: null } : { ...selection, cursor: { id, position: at } };
}

/**
 * What is left of it when the list is another: selected tasks that it has, and the cursor on its task, or on the one in its place. It is
 * the same object where nothing of it changes.
 */
export function keptIn(selection: Selection, ids: readonly string[]): Selection {
  const { cursor, anchor } = selection;
  const selected = selection.selected.size === 0 ? [] : ids.filter((id) => selection.selected.has(id));
  const kept = {
    ...selection,
    selected: selected.length === selection.selected.size ? selection.selected : new Set(selected),
    anchor: anchor !== null && ids.includes(anchor) ? anchor : null,
  };
  const isSame = kept.selected === selection.selected && kept.anchor === anchor;
  if (cursor === null) return isSame ? selection : kept;
  const at = ids[cursor.position] === cursor.id ? cursor.position : ids.indexOf(cursor.id);
  if (isSame && at === cursor.position) return selection;
  return movedTo(kept, ids, at < 0 ? cursor.position : at);
}

/** The tasks that a change is for: the selected ones, else the one at the cursor. */
export function targetsOf({ selected, cursor }: Selection): string[] {
  if (selected.size > 0) return [...selected];
  return cursor === null ? [] : [cursor.id];
}

let current = NOTHING;
const listeners = new Set<() => void>();

/** The selection of the list that is shown; there is one. */
export const selection = {
  get: (): Selection => current,
  change: (step: (before: Selection) => Selection): void => {
    current = step(current);
    listeners.forEach((listener) => {
      listener();
    });
  },
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSelection(): Selection {
  return useSyncExternalStore(subscribe, () => current);
}
