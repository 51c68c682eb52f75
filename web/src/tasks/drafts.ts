/** What was typed about a task and is not confirmed yet. It is kept on this device, so that a reload loses nothing. */
import { useCallback, useSyncExternalStore } from 'react';

import type { TaskPatch } from '../api/types';
import type { TaskIntent } from './intent';
import { recall, store } from './storage';

/** Where it was typed: into a field, or into the line that adds a subtask. */
export type DraftField = 'title' | 'description' | 'due' | 'repeat' | 'subtask' | 'reminder';

export interface Draft {
  /** What was typed; of a form of several fields, their JSON. */
  text: string;
  /** The version of the task that was there when the typing began. */
  version: number;
  /** Of a form: it was saved as it is, and goes once that is confirmed. */
  sent?: true;
}

type Drafts = Partial<Record<DraftField, Draft>>;

const KEPT_AS = 'tasklog.draft.';
/** The line of quick add that was typed and not added. */
export const QUICK_ADD_KEPT_AS = 'tasklog.quick-add';
const NONE: Drafts = {};
const held = new Map<string, Drafts>();
/** The tasks whose drafts this device could not keep: they last as long as the page. */
const unkept = new Set<string>();
const listeners = new Set<() => void>();

/** All drafts of a task. */
export function draftsOf(id: string): Drafts {
  const known = held.get(id);
  if (known) return known;
  const kept = read(id);
  held.set(id, kept);
  return kept;
}

function read(id: string): Drafts {
  return recall<Drafts>(KEPT_AS + id, NONE);
}

/** The same as they are now on this device: another window may have written some. */
function newestOf(id: string): Drafts {
  return unkept.has(id) ? draftsOf(id) : read(id);
}

/** Keeps a draft; `null` drops it. */
export function keepDraft(id: string, field: DraftField, draft: Draft | null): void {
  const others = Object.entries(newestOf(id)).filter(([other]) => other !== field);
  set(id, Object.fromEntries(draft === null ? others : [...others, [field, draft]]));
}

function set(id: string, drafts: Drafts): void {
  held.set(id, drafts);
  if (write(id, drafts)) unkept.delete(id);
  else unkept.add(id);
  tellListeners();
}

/** Keeps drafts on this device; says whether it does. */
function write(id: string, drafts: Drafts): boolean {
  try {
    if (Object.keys(drafts).length === 0) localStorage.removeItem(KEPT_AS + id);
    else localStorage.setItem(KEPT_AS + id, JSON.stringify(drafts));
    return true;
  } catch {
    // A browser may refuse to keep anything, or have no room.
    return false;
  }
}

function tellListeners(): void {
  listeners.forEach((listener) => {
    listener();
  });
}

/** Another window has written drafts; without a key: it has cleared all that is kept. */
function hear({ key }: StorageEvent): void {
  if (key !== null && !key.startsWith(KEPT_AS)) return;
  readAgain(key === null ? [...held.keys()] : [key.slice(KEPT_AS.length)]);
  tellListeners();
}

/** What is known of the drafts of tasks is read again, where they are kept. */
function readAgain(ids: readonly string[]): void {
  for (const id of ids) if (!unkept.has(id)) held.delete(id);
}

/** Which draft a field of a patch comes from. */
const FORM_OF = {
  due_date: 'due',
  due_at: 'due',
  recurrence_pattern: 'repeat',
} as const satisfies Partial<Record<keyof TaskPatch, DraftField>>;

/** A form was saved as it is; what is typed into it from now on is not. */
export function markSent(id: string, field: DraftField): void {
  const draft = newestOf(id)[field];
  if (draft) keepDraft(id, field, { ...draft, sent: true });
}

/** The server has taken a patch: its drafts go, but for what was typed on since. */
export function settleDrafts(id: string, patch: TaskPatch): void {
  const drafts = newestOf(id);
  for (const field of ['title', 'description'] as const) {
    if (field in patch && drafts[field]?.text.trim() === (patch[field] ?? '').trim())
      keepDraft(id, field, null);
  }
  for (const [member, form] of Object.entries(FORM_OF)) {
    if (member in patch && drafts[form]?.sent) keepDraft(id, form, null);
  }
}

/**
 * A task was not made. Its words left their field where they had to wait for the server: they are there again, unless something else is by
 * now.
 */
export function giveBack(intent: TaskIntent): void {
  if (intent.kind === 'quick') {
    const typed = recall<string | null>(QUICK_ADD_KEPT_AS, null);
    if (typed === null) store(QUICK_ADD_KEPT_AS, intent.text);
  }
  if (intent.kind !== 'create') return;
  const { parent_id, title } = intent.task;
  if (parent_id && !newestOf(parent_id).subtask) keepDraft(parent_id, 'subtask', { text: title, version: 1 });
}

/** A write of this page led from one version to another: the drafts that were begun at the first have seen the second as well. */
export function moveDrafts(id: string, from: number, to: number): void {
  const moved = Object.entries(newestOf(id)).map(([field, draft]) => [
    field,
    draft.version === from ? { ...draft, version: to } : draft,
  ]);
  if (moved.length > 0) set(id, Object.fromEntries(moved) as Drafts);
}

/** Tells a listener of drafts that change, here or in another window. */
export function onDrafts(listener: () => void): () => void {
  if (listeners.size === 0) {
    globalThis.addEventListener('storage', hear);
    // Nobody has heard until now.
    readAgain([...held.keys()]);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) globalThis.removeEventListener('storage', hear);
  };
}

/** A draft of a task, and how to keep or drop it. */
export function useDraft(id: string, field: DraftField) {
  const draft = useSyncExternalStore(onDrafts, () => draftsOf(id)[field]);
  const keep = useCallback((kept: Draft | null) => keepDraft(id, field, kept), [id, field]);
  return { draft, keep };
}
