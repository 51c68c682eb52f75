import { useState, type KeyboardEvent, type SubmitEvent } from 'react';

import type { Task } from '../../api/types';
import { Button } from '../../components/Button';
import { useReminderMutation } from '../../reminders/reminders';
import { addDays } from '../../time/day';
import { TIME_ZONE, useToday } from '../../time/useToday';
import { Choice } from './Choice';
import css from './Fields.module.css';
import { NumberField } from './NumberField';
import { newReminderForm, timeOf, type ReminderForm } from './reminderForm';
import { useForm } from './useForm';
import { ZoneField } from './ZoneField';

const KINDS = { before: 'Before it is due', at: 'At a time' };
const UNITS = { minutes: 'minutes', hours: 'hours', days: 'days', weeks: 'weeks' };

/** The form of a new reminder. */
export function ReminderEditor({ task, onDone }: { task: Task; onDone: () => void }) {
  const tomorrow = addDays(useToday(), 1);
  const { run } = useReminderMutation();
  const dated = task.due_date !== null || task.due_at !== null;
  const offered = newReminderForm(dated, `${tomorrow}T09:00`, task.time_zone ?? TIME_ZONE);
  const { form, change, drop } = useForm<ReminderForm>(task, 'reminder', offered);
  const [adding, setAdding] = useState(false);
  const leave = () => {
    drop();
    onDone();
  };
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    // Pressed twice, it is meant once.
    if (adding) return;
    setAdding(true);
    const isAdded = await run({ kind: 'add', taskId: task.id, time: timeOf(form) });
    setAdding(false);
    if (isAdded) leave();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    onDone();
  };
  return (
    <form
      className={css.form}
      aria-label="New reminder"
      onSubmit={(event) => void add(event)}
      onKeyDown={onKeyDown}
    >
      <div className={css.line}>
        {dated && (
          <Choice label="Rings" words={KINDS} chosen={form.kind} onChange={(kind) => change({ kind })} />
        )}
        {form.kind === 'before' && (
          <>
            <NumberField
              label="How long before"
              max={999}
              value={form.number}
              onChange={(number) => change({ number })}
            />
            <Choice
              label="Unit"
              bare
              words={UNITS}
              chosen={form.unit}
              onChange={(unit) => change({ unit })}
            />
          </>
        )}
      </div>
      {form.kind === 'at' && (
        <div className={css.line}>
          <label>
            Time
            <input
              type="datetime-local"
              required
              value={form.at}
              onChange={({ target }) => change({ at: target.value })}
            />
          </label>
          <ZoneField zone={form.zone} onChange={(zone) => change({ zone })} />
        </div>
      )}
      <label className={css.line}>
        <input
          type="checkbox"
          checked={form.again}
          onChange={({ target }) => change({ again: target.checked })}
        />
        Ring again until something is done
      </label>
      {form.again && (
        <div className={css.line}>
          every
          <NumberField
            label="Minutes between"
            max={1440}
            value={form.everyMinutes}
            onChange={(everyMinutes) => change({ everyMinutes })}
          />
          minutes,
          <NumberField
            label="How many times"
            max={100}
            value={form.times}
            onChange={(times) => change({ times })}
          />
          times
        </div>
      )}
      <div className={css.actions}>
        <Button look="primary" type="submit">
          Add
        </Button>
        <Button look="quiet" onClick={leave}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
