/** From the keys that are pressed to what they mean. */
import { TABLE, type Binding } from './table';

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const MODIFIERS = new Set(['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Dead', 'Process']);

/** What was pressed, as the table writes it; `null` for what it never holds. Caps lock makes no other letter of a letter. */
export function chordOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Pressed): string | null {
  if (altKey || MODIFIERS.has(key)) return null;
  const mod = ctrlKey || metaKey ? 'Mod+' : '';
  if (key === ' ') return `${mod}${shiftKey ? 'Shift+' : ''}Space`;
  // Shift is a part of the sign: `?` is `?` wherever it is on the keyboard.
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase();
  const shift = shiftKey && !isSign ? 'Shift+' : '';
  return `${mod}${shift}${key.length === 1 ? key.toLowerCase() : key}`;
}

/** A letter or a sign by itself: a capital letter is one too. */
export function isSingle(chord: string): boolean {
  return chord.replace(/^Shift\+/, '').length === 1;
}

/** What a chord comes to: what it does, or that it is a beginning. */
export interface Meaning {
  binding: Binding | null;
  /** The chords so far, where another one may follow. */
  begun: string | null;
}

/** Reads a chord that follows others. One that goes on with nothing begins anew. */
export function meaningOf(begun: string | null, chord: string): Meaning {
  const whole = begun === null ? chord : `${begun} ${chord}`;
  const binding = TABLE.find(({ keys }) => keys.includes(whole)) ?? null;
  if (binding) return { binding, begun: null };
  if (TABLE.some(({ keys }) => keys.some((one) => one.startsWith(`${whole} `)))) {
    return { binding: null, begun: whole };
  }
  return begun === null ? { binding: null, begun: null } : meaningOf(null, chord);
}
