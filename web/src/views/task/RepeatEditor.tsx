import type { KeyboardEvent, SubmitEvent } from 'react';

import type { Task } from '../../api/types';
import { Button } from '../../components/Button';
import { useToday } from '../../time/useToday';
import css from './Fields.module.css';
import { NumberField } from './NumberField';
import { unitOf, WEEKDAY_WORDS, WEEKDAYS, type Weekday } from './recurrence';
import { patternOf, repeatFormOf, type RepeatForm } from './repeatForm';
import { RepeatPreview } from './RepeatPreview';
import { Choice } from './Choice';
import type { Edit } from './useEdit';
import { useForm } from './useForm';

const KINDS = {
  never: 'Never',
  DAILY: 'Daily',
  WEEKLY: 'Weekly',
  MONTHLY: 'Monthly',
  YEARLY: 'Yearly',
  own: 'By a rule',
};
const GENERATE = { when_completed: 'this one is completed', when_due: 'its time comes' };
const FROM = { due: 'the due date', completion: 'the day of completion' };
const MISSED = { collapse: 'are left out', keep: 'become tasks all the same' };

/** The form of how a task repeats, with what it will do. */
export function RepeatEditor({ task, edit, onDone }: { task: Task; edit: Edit; onDone: () => void }) {
  const today = useToday();
  const { form, change, drop, send, version } = useForm<RepeatForm>(
    task,
    'repeat',
    repeatFormOf(task.recurrence_pattern),
  );
  const pattern = patternOf(form);
  const dated = task.due_date !== null || task.due_at !== null;
  const start = dated ? task : { due_date: today, due_at: null, time_zone: null };
  const cancel = () => {
    drop();
    onDone();
  };
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const date = pattern === null || dated ? {} : { due_date: today };
    send();
    if (await edit({ recurrence_pattern: pattern, ...date }, { version })) onDone();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    onDone();
  };
  return (
    <form
      className={css.form}
      aria-label="Repeats"
      onSubmit={(event) => void save(event)}
      onKeyDown={onKeyDown}
    >
      <div className={css.line}>
        <Choice label="Repeats" words={KINDS} chosen={form.kind} onChange={(kind) => change({ kind })} />
        {form.kind !== 'never' && form.kind !== 'own' && (
          <span className={css.line}>
            every
            <NumberField
              label="Every"
              max={999}
              value={form.interval}
              onChange={(interval) => change({ interval })}
            />
            {unitOf({ ...form, frequency: form.kind })}
          </span>
        )}
      </div>
      {form.kind === 'WEEKLY' && (
        <Weekdays chosen={form.weekdays} onChange={(weekdays) => change({ weekdays })} />
      )}
      {form.kind === 'MONTHLY' && (
        <label className={css.line}>
          <input
            type="checkbox"
            checked={form.lastDay}
            onChange={({ target }) => change({ lastDay: target.checked })}
          />
          On the last day
        </label>
      )}
      {form.kind === 'own' && (
        <label className={css.stack}>
          Rule (RFC 5545 RRULE)
          <input
            type="text"
            required
            spellCheck={false}
            placeholder="FREQ=MONTHLY;BYDAY=2MO"
            value={form.rule}
            onChange={({ target }) => change({ rule: target.value })}
          />
        </label>
      )}
      {pattern !== null && (
        <>
          <Choice
            label="The next one comes when"
            words={GENERATE}
            chosen={form.generate}
            onChange={(generate) => change({ generate })}
          />
          <Choice
            label="It is counted from"
            words={FROM}
            chosen={form.from}
            onChange={(from) => change({ from })}
          />
          <Choice
            label="Dates that have passed"
            words={MISSED}
            chosen={form.missed}
            onChange={(missed) => change({ missed })}
          />
          {!dated && <p className={css.preview}>It has no due date; the first one is today.</p>}
          <RepeatPreview pattern={pattern} start={start} today={today} />
        </>
      )}
      <div className={css.actions}>
        <Button look="primary" type="submit">
          Save
        </Button>
        <Button look="quiet" onClick={cancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

interface WeekdaysProps {
  chosen: Weekday[];
  onChange: (weekdays: Weekday[]) => void;
}

function Weekdays({ chosen, onChange }: WeekdaysProps) {
  return (
    <fieldset className={css.days}>
      <legend className="visually-hidden">On these days</legend>
      {WEEKDAYS.map((day) => (
        <label key={day}>
          <input
            type="checkbox"
            checked={chosen.includes(day)}
            onChange={({ target }) =>
              onChange(WEEKDAYS.filter((one) => (one === day ? target.checked : chosen.includes(one))))
            }
          />
          {WEEKDAY_WORDS[day]}
        </label>
      ))}
    </fieldset>
  );
}
