import { useId, useRef, useState } from 'react';

import { ApiProblem } from '../../api/problem';
import { QUICK_ADD_KEPT_AS as KEPT_AS } from '../../tasks/drafts';
import { forget, recall, store } from '../../tasks/storage';
import { Button } from '../../components/Button';
import { Dialog } from '../../components/Dialog';
import { useQuickParse } from '../../tasks/useQuickParse';
import { useTaskMutation } from '../../tasks/writes';
import { TIME_ZONE, useToday } from '../../time/useToday';
import css from './QuickAdd.module.css';
import { leftAfter } from './left';
import { QuickField } from './QuickField';
import { Understood } from './Understood';

/** What the server takes. */
const CHARACTERS_MAX = 1000;

interface QuickAddProps {
  /** What stands behind the cursor at first; `null` while the dialog is closed. */
  words: string | null;
  onClose: () => void;
}

/** A line of plain English that becomes a task. The server alone reads it. */
export default function QuickAdd({ words, onClose }: QuickAddProps) {
  return (
    <Dialog open={words !== null} onClose={onClose} title="Add a task" bare>
      <QuickAddForm words={words ?? ''} onClose={onClose} />
    </Dialog>
  );
}

function QuickAddForm({ words, onClose }: { words: string; onClose: () => void }) {
  const { runOrWait } = useTaskMutation();
  // What was typed and not added is kept, but for who cancels.
  const [text, setText] = useState(() => recall(KEPT_AS, words));
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [sending, setSending] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const problemId = useId();
  const { understood, parsed } = useQuickParse(text);
  const today = useToday();

  const type = (typed: string) => {
    setText(typed);
    if (typed.trim() === words.trim()) forget(KEPT_AS);
    else store(KEPT_AS, typed);
  };
  const add = async (another: boolean) => {
    if (text.trim() === '' || sending) return;
    setSending(true);
    try {
      await runOrWait({ kind: 'quick', text: text.trim(), timeZone: TIME_ZONE });
      setProblem(null);
      // Somebody who types fast is ahead of the answer, and may have closed the dialog on what is typed.
      const isOpen = field.current !== null;
      const left = leftAfter(text, field.current?.value ?? recall(KEPT_AS, text), words);
      type(left);
      if (!another && isOpen) onClose();
      else if (left === words) field.current?.setSelectionRange(0, 0);
    } catch (refusal) {
      // What was typed stays.
      if (refusal instanceof ApiProblem) setProblem(refusal);
      else throw refusal;
    } finally {
      setSending(false);
    }
  };

  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        void add(false);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !event.shiftKey) return;
        event.preventDefault();
        void add(true);
      }}
    >
      <QuickField
        ref={field}
        understood={understood}
        aria-label="What is to be done"
        aria-invalid={problem !== null}
        aria-describedby={problem ? problemId : undefined}
        placeholder="Pay rent every month on the 1st 9am #home !high"
        autoComplete="off"
        maxLength={CHARACTERS_MAX}
        value={text}
        onChange={({ target }) => type(target.value)}
        onFocus={({ target }) => target.setSelectionRange(0, 0)}
      />
      {problem && (
        <p id={problemId} className={css.problem} role="alert">
          {problem.errorOf('text') ?? problem.message}
        </p>
      )}
      {parsed && parsed.understood.length > 0 ? <Understood parsed={parsed} today={today} /> : <Hints />}
      <footer className={css.footer}>
        <span className={css.keys}>
          <kbd>Enter</kbd> adds, <kbd>Shift</kbd> <kbd>Enter</kbd> adds and stays
        </span>
        <Button
          look="quiet"
          onClick={() => {
            forget(KEPT_AS);
            onClose();
          }}
        >
          Cancel
        </Button>
        <Button look="primary" type="submit" disabled={text.trim() === '' || sending}>
          Add task
        </Button>
      </footer>
    </form>
  );
}

const HINTS = [
  ['when', 'tomorrow 9am'],
  ['again', 'every 2 weeks'],
  ['tag', '#home'],
  ['priority', '!high'],
  ['reminder', 'remind me 1 hour before'],
] as const;

function Hints() {
  return (
    <dl className={css.hints} aria-label="What is understood">
      {HINTS.map(([what, example]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{example}</dd>
        </div>
      ))}
    </dl>
  );
}
