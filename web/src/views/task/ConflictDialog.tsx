import { useState } from 'react';

import { Button } from '../../components/Button';
import { Dialog } from '../../components/Dialog';
import { chosenPatch, closeConflict, type Conflict } from '../../tasks/conflicts';
import { keepDraft } from '../../tasks/drafts';
import { patched, type Field } from '../../tasks/fields';
import { useTaskMutation } from '../../tasks/writes';
import { useToday } from '../../time/useToday';
import css from './ConflictDialog.module.css';
import { FIELD_NAMES, fieldInWords } from './fieldWords';

/** Both versions of each field that two people have changed, to choose from. Closed without a choice, nothing is written, and drafts stay. */
export default function ConflictDialog({ conflict }: { conflict: Conflict }) {
  const today = useToday();
  const { start } = useTaskMutation();
  const { patch, base, theirs, fields, occurrences } = conflict;
  const [mine, setMine] = useState<ReadonlySet<Field>>(new Set(fields));
  const wanted = patched(base, patch);
  const close = () => closeConflict(conflict);
  const choose = (field: Field, own: boolean) => {
    const chosen = new Set(mine);
    if (own) chosen.add(field);
    else chosen.delete(field);
    setMine(chosen);
  };
  const save = () => {
    for (const field of fields) if (!mine.has(field)) dropDraft(theirs.id, field);
    const rest = chosenPatch(conflict, mine);
    if (Object.keys(rest).length > 0) {
      const scope = occurrences === undefined ? {} : { occurrences };
      start({ kind: 'update', id: theirs.id, patch: rest, version: theirs.version, ...scope });
    }
    close();
  };
  return (
    <Dialog open onClose={close} title="Somebody else has changed this task">
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <p className={css.lead}>You and somebody else have changed the same. Which one is to stay?</p>
        {fields.map((field) => (
          <fieldset key={field} className={css.field}>
            <legend>{FIELD_NAMES[field]}</legend>
            <Version
              name={field}
              words="Mine"
              value={fieldInWords(field, wanted, today)}
              checked={mine.has(field)}
              onChoose={() => choose(field, true)}
            />
            <Version
              name={field}
              words="Theirs"
              value={fieldInWords(field, theirs, today)}
              checked={!mine.has(field)}
              onChoose={() => choose(field, false)}
            />
            <p className={css.base}>Before: {fieldInWords(field, base, today)}</p>
          </fieldset>
        ))}
        <div className={css.actions}>
          <Button look="primary" type="submit">
            Save the choice
          </Button>
          <Button look="quiet" onClick={close}>
            Not now
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface VersionProps {
  name: string;
  words: string;
  value: string;
  checked: boolean;
  onChoose: () => void;
}

function Version({ name, words, value, checked, onChoose }: VersionProps) {
  return (
    <label className={css.version}>
      <input type="radio" name={name} checked={checked} onChange={onChoose} />
      <span>
        <strong>{words}</strong> <span className={css.value}>{value}</span>
      </span>
    </label>
  );
}

/** Theirs stays: what was typed for the field is given up. */
function dropDraft(id: string, field: Field): void {
  if (field === 'title' || field === 'description' || field === 'due') keepDraft(id, field, null);
  if (field === 'recurrence') keepDraft(id, 'repeat', null);
}
