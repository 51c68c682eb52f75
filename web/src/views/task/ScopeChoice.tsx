import { useId } from 'react';

import type { Occurrences } from '../../api/types';
import css from './Fields.module.css';

interface ScopeChoiceProps {
  /** What the choice is for. */
  legend: string;
  chosen: Occurrences;
  onChange: (chosen: Occurrences) => void;
}

const WORDS: [Occurrences, string][] = [
  ['this', 'Only this one'],
  ['following', 'This and the following'],
];

/** Which occurrences of a task that repeats a change is for. */
export function ScopeChoice({ legend, chosen, onChange }: ScopeChoiceProps) {
  const name = useId();
  return (
    <fieldset className={css.scope}>
      <legend>{legend}</legend>
      {WORDS.map(([occurrences, words]) => (
        <label key={occurrences}>
          <input
            type="radio"
            name={name}
            checked={occurrences === chosen}
            onChange={() => onChange(occurrences)}
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}
