import { useId, useState, type ReactNode } from 'react';

import { ApiProblem } from '../../api/problem';
import { Button } from '../../components/Button';
import css from './NameForm.module.css';

const NAME_CHARACTERS_MAX = 64;

interface NameFormProps {
  name: string;
  /** On the button that does it. */
  action: string;
  /** Saves it under the name; fails with the `ApiProblem` that is shown. */
  save: (name: string) => Promise<void>;
  onDone: () => void;
  /** Above the field. */
  children?: ReactNode;
  /** Another way to do it, beside the button. */
  other?: ReactNode;
}

/** Asks for the name of a filter. */
export function NameForm({ name: given, action, save, onDone, children, other }: NameFormProps) {
  const [name, setName] = useState(given);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [saving, setSaving] = useState(false);
  const problemId = useId();
  const submit = async () => {
    // Pressed twice, it is meant once.
    if (saving) return;
    setSaving(true);
    try {
      await save(name.trim());
      onDone();
    } catch (refusal) {
      if (refusal instanceof ApiProblem) setProblem(refusal);
      else throw refusal;
    } finally {
      setSaving(false);
    }
  };
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') void submit();
      }}
    >
      {children}
      <input
        className={css.field}
        aria-label="Name of the filter"
        aria-invalid={problem !== null}
        aria-describedby={problem ? problemId : undefined}
        placeholder="Name of the filter"
        autoComplete="off"
        maxLength={NAME_CHARACTERS_MAX}
        value={name}
        onChange={({ target }) => setName(target.value)}
        onFocus={({ target }) => target.select()}
      />
      {problem && (
        <p id={problemId} className={css.problem} role="alert">
          {problem.status === 409
            ? 'There is a filter of this name.'
            : (problem.errorOf('name') ?? problem.message)}
        </p>
      )}
      <footer className={css.foot}>
        <Button look="quiet" onClick={onDone}>
          Cancel
        </Button>
        {other}
        <Button look="primary" type="submit" disabled={name.trim() === ''}>
          {action}
        </Button>
      </footer>
    </form>
  );
}
