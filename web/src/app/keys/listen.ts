import { chordOf, isSingle, meaningOf } from './chords';
import { isAvailable, runCommand } from './commands';
import { closeOverlay, isOverlayComing } from '../overlay';
import { singleKeys } from './singleKeys';
import type { Binding } from './table';

/** The second of two keys comes within this. */
const PAIR_MS = 1200;

/** What is pressed in one of these is its own: text, or the keys of a menu. */
const OWN =
  'input, textarea, select, [contenteditable="true"], [role="textbox"], [role="menu"], [role="menu"] *, [role="listbox"] *, [role="dialog"], [role="dialog"] *';

/** Keys with which a browser presses what has the focus, scrolls, leaves, or selects text; each with where they are left to it. */
const NATIVE: Record<string, string> = {
  Enter: 'a, button, summary',
  Space: 'button, summary, :not(body, main, main *)',
  Escape: 'aside, aside *',
  'Mod+a': 'aside, aside *',
};

/** What the focus is in; what is on its way out is not there any more. */
function targetOf(event: KeyboardEvent): Element {
  const { target } = event;
  return target instanceof Element && target.closest('[data-closed]') === null ? target : document.body;
}

function isLeftAlone(target: Element, chord: string, binding: Binding): boolean {
  if (target.matches(OWN)) return binding.always !== true;
  const native = NATIVE[chord];
  return native !== undefined && target.matches(native);
}

/** Listens to the keyboard for the whole page; returns how to stop. */
export function listenToKeys(): () => void {
  let begun: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onKey = (event: KeyboardEvent) => {
    const chord = chordOf(event);
    if (chord === null || event.defaultPrevented || event.isComposing) return;
    if (isOverlayComing()) {
      // It is being loaded: what is typed is meant for it, and does nothing here.
      event.preventDefault();
      if (chord === 'Escape') closeOverlay();
      return;
    }
    const meaning = meaningOf(begun, chord);
    clearTimeout(timer);
    begun = null;
    const target = targetOf(event);
    const isTyped = target.matches(OWN);
    if (!singleKeys.areOn() && isSingle(chord)) return;
    if (meaning.begun !== null && !isTyped) {
      begun = meaning.begun;
      timer = setTimeout(() => (begun = null), PAIR_MS);
    }
    const { binding } = meaning;
    if (binding === null || isLeftAlone(target, chord, binding) || !isAvailable(binding.command)) return;
    event.preventDefault();
    if (!event.repeat || binding.repeats) runCommand(binding.command);
  };
  document.addEventListener('keydown', onKey);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('keydown', onKey);
  };
}
