import { Popover } from '@base-ui/react/popover';
import { useState } from 'react';

import type { Occurrences, Task } from '../../api/types';
import { Button } from '../../components/Button';
import popup from '../../components/Popup.module.css';
import { toRow } from '../../tasks/row';
import { useOverdue } from '../../tasks/useOverdue';
import { addDays } from '../../time/day';
import { TIME_ZONE, useToday } from '../../time/useToday';
import { dueFieldsInWords, NONE } from './changes';
import { dueFormOf, duePatch, type DueForm } from './due';
import css from './Fields.module.css';
import { ScopeChoice } from './ScopeChoice';
import type { Edit } from './useEdit';
import { useForm } from './useForm';
import { ZoneField } from './ZoneField';

/** When it is due: a button with a form below. */
export function DueField({ task, edit, inSeries }: { task: Task; edit: Edit; inSeries: boolean }) {
  const today = useToday();
  const [open, setOpen] = useState(false);
  const late = useOverdue(toRow(task));
  const words = dueFieldsInWords(task, today);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className={css.value}
        aria-label={`Due: ${words}`}
        data-late={late}
        data-none={words === NONE}
      >
        {words === NONE ? 'No date' : words}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={popup.positioner} sideOffset={4} align="start">
          <Popover.Popup className={popup.popup} aria-label="Due">
            <DueEditor task={task} edit={edit} inSeries={inSeries} onDone={() => setOpen(false)} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface DueEditorProps {
  task: Task;
  edit: Edit;
  inSeries: boolean;
  onDone: () => void;
}

function DueEditor({ task, edit, inSeries, onDone }: DueEditorProps) {
  const today = useToday();
  const { form, change, drop, send, version } = useForm<DueForm>(task, 'due', dueFormOf(task, TIME_ZONE));
  const [scope, setScope] = useState<Occurrences>('this');
  const save = (due: DueForm) => {
    onDone();
    send();
    void edit(duePatch(due), { version, occurrences: inSeries ? scope : undefined });
  };
  const days: [string, string][] = [
    ['Today', today],
    ['Tomorrow', addDays(today, 1)],
    ['In a week', addDays(today, 7)],
  ];
  return (
    <form
      className={popup.fields}
      onSubmit={(event) => {
        event.preventDefault();
        save(form);
      }}
    >
      <div className={css.shortcuts}>
        {days.map(([words, day]) => (
          <Button key={words} onClick={() => save({ ...form, day })}>
            {words}
          </Button>
        ))}
      </div>
      <label>
        Day
        <input
          type="date"
          // A time is of a day: without one it would be lost.
          required={form.time !== ''}
          value={form.day}
          onChange={({ target }) => change({ day: target.value })}
        />
      </label>
      <label>
        Time
        <input type="time" value={form.time} onChange={({ target }) => change({ time: target.value })} />
      </label>
      {form.time !== '' && <ZoneField zone={form.zone} onChange={(zone) => change({ zone })} />}
      {inSeries && <ScopeChoice legend="Move" chosen={scope} onChange={setScope} />}
      <div className={css.actions}>
        <Button look="primary" type="submit">
          Save
        </Button>
        {task.recurrence_pattern === null && (
          <Button look="quiet" onClick={() => save({ ...form, day: '' })}>
            No date
          </Button>
        )}
        <Button
          look="quiet"
          onClick={() => {
            drop();
            onDone();
          }}
        >
          Cancel
        </Button>
      </div>
    </form>
  );
}
