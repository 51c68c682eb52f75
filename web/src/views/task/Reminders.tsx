import { useRef, useState } from 'react';

import type { Reminder, Snooze, Task } from '../../api/types';
import { Button } from '../../components/Button';
import { Icon } from '../../components/Icon';
import { ButtonMenu, MenuItem, MenuSeparator } from '../../components/Menu';
import { useDraft } from '../../tasks/drafts';
import { useReminderMutation, useReminders } from '../../reminders/reminders';
import { addDays } from '../../time/day';
import { TIME_ZONE, useToday } from '../../time/useToday';
import { ReminderEditor } from './ReminderEditor';
import { reminderInWords, reminderNotes, ringOf, timeOfReminder } from './reminderForm';
import css from './Sections.module.css';

/** The reminders of a task, and a form for another. */
export function Reminders({ task }: { task: Task }) {
  const reminders = useReminders(task.id, task.version).data ?? [];
  const { draft } = useDraft(task.id, 'reminder');
  const [adding, setAdding] = useState(draft !== undefined);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setAdding(false);
    requestAnimationFrame(() => opener.current?.focus());
  };
  return (
    <section className={css.section} aria-labelledby="reminders">
      <h3 id="reminders">Reminders</h3>
      {reminders.length > 0 && (
        <ul className={css.list}>
          {reminders.map((reminder) => (
            <ReminderLine key={reminder.id} reminder={reminder} />
          ))}
        </ul>
      )}
      {adding ? (
        <ReminderEditor task={task} onDone={close} />
      ) : (
        <Button ref={opener} look="quiet" icon="add" className={css.open} onClick={() => setAdding(true)}>
          Add a reminder
        </Button>
      )}
    </section>
  );
}

function ReminderLine({ reminder }: { reminder: Reminder }) {
  const today = useToday();
  const { run } = useReminderMutation();
  const words = reminderInWords(reminder, today);
  const was = timeOfReminder(reminder);
  const snoozes: [string, Snooze][] = [
    ['10 minutes', { for: 'PT10M' }],
    ['1 hour', { for: 'PT1H' }],
    ['Tomorrow at 9', { until: `${addDays(today, 1)}T09:00:00`, time_zone: TIME_ZONE }],
  ];
  const { id, task_id: taskId } = reminder;
  return (
    <li className={css.item} data-done={reminder.status === 'cancelled'}>
      <Icon name="bell" />
      <div className={css.words}>
        {words}
        {reminderNotes(reminder).map((note) => (
          <span key={note} className={css.note}>
            {note}
          </span>
        ))}
      </div>
      <ButtonMenu
        trigger={<button type="button" className={css.more} aria-label={`Reminder ${words}: actions`} />}
        label={<Icon name="dots" />}
      >
        {reminder.status !== 'cancelled' &&
          snoozes.map(([name, until]) => (
            <MenuItem
              key={name}
              onClick={() => void run({ kind: 'snooze', id, taskId, until, was: ringOf(reminder) })}
            >
              Put off: {name}
            </MenuItem>
          ))}
        <MenuSeparator />
        {reminder.repeat !== null && (
          <MenuItem
            onClick={() =>
              void run({
                kind: 'change',
                id,
                taskId,
                time: { repeat: null },
                was: { repeat: reminder.repeat },
              })
            }
          >
            Ring once only
          </MenuItem>
        )}
        <MenuItem onClick={() => void run({ kind: 'delete', id, taskId, was })}>Delete</MenuItem>
      </ButtonMenu>
    </li>
  );
}
