import { useEffect, useRef, useState } from 'react';

import { runCommand } from '../../app/keys/commands';
import { Icon } from '../../components/Icon';
import css from './SearchField.module.css';

/** A key that follows another one sooner than this waits so long for the next: who types in bursts is not searched for by the letter. */
const PAUSE_MS = 60;
/** What the server takes. */
const CHARACTERS_MAX = 500;

interface SearchFieldProps {
  value: string;
  onChange: (value: string) => void;
}

/** Searches while one types. The URL has each key that comes by itself, and of a burst the last one. */
export function SearchField({ value, onChange }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);
  const [told, setTold] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const typedAt = useRef(-Infinity);
  // The URL changed by something else than typing: the way back, a link, the clearing of all conditions.
  if (value !== told) {
    setTold(value);
    if (value !== typed.trim()) setTyped(value);
  }
  useEffect(() => () => clearTimeout(timer.current), []);

  const type = (text: string) => {
    setTyped(text);
    clearTimeout(timer.current);
    const now = performance.now();
    const inBurst = now - typedAt.current < PAUSE_MS;
    typedAt.current = now;
    if (inBurst) timer.current = setTimeout(() => onChange(text.trim()), PAUSE_MS);
    else onChange(text.trim());
  };
  return (
    <div className={css.field} role="search">
      <Icon name="search" />
      <input
        id="search"
        type="search"
        aria-label="Search"
        placeholder="Search"
        autoComplete="off"
        spellCheck={false}
        maxLength={CHARACTERS_MAX}
        value={typed}
        onChange={({ target }) => type(target.value)}
        onKeyDown={(event) => {
          // These keys are the input method's while it puts a word together.
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'Enter' || event.key === 'ArrowDown') {
            event.preventDefault();
            runCommand('first');
          }
          if (event.key !== 'Escape') return;
          event.preventDefault();
          if (typed === '') event.currentTarget.blur();
          else type('');
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}
