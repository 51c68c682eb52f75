import { Suspense, useEffect, useEffectEvent, useRef, useState, type KeyboardEvent } from 'react';

import type { Task } from '../../api/types';
import { Button } from '../../components/Button';
import { GrowingText } from '../../components/GrowingText';
import { part } from '../../components/part';
import { useDraft } from '../../tasks/drafts';
import css from './Description.module.css';
import type { Edit } from './useEdit';

const Raw = ({ text }: { text: string; onChange?: unknown }) => <p className={css.raw}>{text}</p>;
const Markdown = part(() => import('./Markdown'), Raw);

/** The description: shown as Markdown, changed as text. */
export function Description({ task, edit }: { task: Task; edit: Edit }) {
  const { draft, keep } = useDraft(task.id, 'description');
  const [editing, setEditing] = useState(draft !== undefined);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setEditing(false);
    // The button is there again once the field is gone.
    requestAnimationFrame(() => opener.current?.focus());
  };
  const drop = () => {
    keep(null);
    close();
  };
  if (editing) return <Editor task={task} edit={edit} onDone={close} onDrop={drop} />;
  return (
    <section className={css.description} aria-label="Description">
      {task.description === '' ? null : (
        <Suspense fallback={<Raw text={task.description} />}>
          <Markdown
            text={task.description}
            // What was typed and not saved yet would undo it.
            onChange={draft ? undefined : (description) => void edit({ description })}
          />
        </Suspense>
      )}
      <Button ref={opener} look="quiet" icon="edit" className={css.open} onClick={() => setEditing(true)}>
        {task.description === ''
          ? 'Add a description'
          : draft
            ? 'Go on with what you typed'
            : 'Edit description'}
      </Button>
    </section>
  );
}

interface EditorProps {
  task: Task;
  edit: Edit;
  onDone: () => void;
  onDrop: () => void;
}

/** The text of it. Escape leaves it; what was typed stays as a draft. */
function Editor({ task, edit, onDone, onDrop }: EditorProps) {
  const { draft, keep } = useDraft(task.id, 'description');
  const text = draft?.text ?? task.description;
  const [asked, setAsked] = useState(false);
  const save = () => {
    setAsked(true);
    if (draft && text !== task.description) void edit({ description: text }, { version: draft.version });
    else keep(null);
  };
  // It is done when the draft is settled: at once, after a choice between two versions, or not at all.
  const settled = asked && draft === undefined;
  const done = useEffectEvent(onDone);
  useEffect(() => {
    if (settled) done();
  }, [settled]);
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // These keys are the input method's while it puts a word together.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      onDone();
    }
  };
  return (
    <section className={css.description} aria-label="Description">
      <GrowingText
        className={css.text}
        aria-label="Description, in Markdown"
        // Somebody has just asked for it.
        autoFocus={draft === undefined}
        value={text}
        onChange={({ target }) => keep({ text: target.value, version: draft?.version ?? task.version })}
        onKeyDown={onKeyDown}
      />
      <div className={css.actions}>
        <Button look="primary" onClick={save}>
          Save
        </Button>
        <Button look="quiet" onClick={onDrop}>
          {draft ? 'Drop what I typed' : 'Cancel'}
        </Button>
        <span className={css.hint}>Markdown · Ctrl Enter saves</span>
      </div>
    </section>
  );
}
