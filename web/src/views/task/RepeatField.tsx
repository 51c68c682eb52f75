import { useRef, useState } from 'react';

import type { Task } from '../../api/types';
import { NONE, recurrenceInWords } from './changes';
import css from './Fields.module.css';
import { RepeatEditor } from './RepeatEditor';
import { useDraft } from '../../tasks/drafts';
import { readRule, unitOf, WEEKDAY_WORDS, type SimpleRule } from './recurrence';
import type { Edit } from './useEdit';

/** How it repeats: what it says, and its form below when that is pressed. */
export function RepeatField({ task, edit }: { task: Task; edit: Edit }) {
  const { draft } = useDraft(task.id, 'repeat');
  const [open, setOpen] = useState(draft !== undefined && !draft.sent);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const words = patternInWords(task);
  return (
    <>
      <div className={css.row}>
        <span>Repeats</span>
        <button
          ref={button}
          type="button"
          className={css.value}
          aria-label={`Repeats: ${words}`}
          aria-expanded={open}
          data-none={words === NEVER}
          onClick={() => setOpen(!open)}
        >
          {words}
        </button>
      </div>
      {open && <RepeatEditor task={task} edit={edit} onDone={close} />}
    </>
  );
}

const NEVER = 'Never';

/** A rule that the fields can say in words; another one as it is. */
function patternInWords({ recurrence_pattern: pattern }: Task): string {
  const said = recurrenceInWords(pattern);
  if (said === NONE || pattern === null) return NEVER;
  const rule = readRule(pattern.rrule);
  return rule === null
    ? said
    : ruleInWords(rule) + (pattern.from === 'completion' ? ', counted from completion' : '');
}

function ruleInWords(rule: SimpleRule): string {
  const every = rule.interval === 1 ? `Every ${unitOf(rule)}` : `Every ${rule.interval} ${unitOf(rule)}`;
  if (rule.lastDay) return `${every} on the last day`;
  const days = rule.weekdays.map((day) => WEEKDAY_WORDS[day]);
  return days.length === 0 ? every : `${every} on ${days.join(', ')}`;
}
