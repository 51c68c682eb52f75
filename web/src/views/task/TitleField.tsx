import { useRef, type KeyboardEvent } from 'react';

import type { Task } from '../../api/types';
import { GrowingText } from '../../components/GrowingText';
import { useDraft } from '../../tasks/drafts';
import css from './TaskPanel.module.css';
import type { Edit } from './useEdit';

const LENGTH_MAX = 500;

/**
 * The title, which is a field at once. What is typed is saved by Enter and by leaving it; Escape puts it back. A text that was refused
 * is sent again by Enter alone: the focus may have left for a question about it.
 */
export function TitleField({ task, edit }: { task: Task; edit: Edit }) {
  const { draft, keep } = useDraft(task.id, 'title');
  const sent = useRef<string | null>(null);
  const save = async () => {
    if (!draft) return;
    const title = draft.text.trim();
    if (title === '' || title === task.title) keep(null);
    if (title === '' || title === task.title || title === sent.current) return;
    sent.current = title;
    if (await edit({ title }, { version: draft.version })) sent.current = null;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // These keys are the input method's while it puts a word together.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      sent.current = null;
      void save();
    } else if (event.key === 'Escape' && draft) {
      event.preventDefault();
      keep(null);
    }
  };
  return (
    <>
      <h2 className="visually-hidden">{task.title}</h2>
      <GrowingText
        className={css.title}
        aria-label="Title"
        maxLength={LENGTH_MAX}
        value={draft?.text ?? task.title}
        // A title is one line.
        onChange={({ target }) => {
          sent.current = null;
          keep({ text: target.value.replaceAll(/\r?\n/g, ' '), version: draft?.version ?? task.version });
        }}
        onBlur={() => void save()}
        onKeyDown={onKeyDown}
      />
      {draft && <p className={css.unsaved}>Not saved yet: Enter saves it, Escape puts it back.</p>}
    </>
  );
}
