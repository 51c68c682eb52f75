import { useEffect, useState } from 'react';

import { announce } from '../../components/announce';
import { Button, IconButton } from '../../components/Button';
import { PageLink } from '../../components/PageLink';
import { askOutside, outsideAllowed } from '../../live/outside';
import { dismiss, type Rung } from '../../live/reminders';
import { useReminderMutation } from '../../reminders/reminders';
import { useTaskMutation } from '../../tasks/writes';
import { dayOf } from '../../time/day';
import { useToday } from '../../time/useToday';
import { dueInWords } from '../../time/words';
import { usePanel } from '../task/usePanel';
import css from './ReminderCards.module.css';

const SNOOZES = [
  { words: '10 min', howLong: 'PT10M' },
  { words: '1 hour', howLong: 'PT1H' },
  { words: '1 day', howLong: 'P1D' },
] as const;

/** The reminders that have rung, until each is answered. */
export default function ReminderCards({ rung }: { rung: readonly Rung[] }) {
  const [outside, setOutside] = useState(outsideAllowed);
  const newest = rung.at(-1)?.task.title;
  useEffect(() => {
    if (newest !== undefined) announce(`Reminder: ${newest}`);
  }, [newest]);
  return (
    <section className={css.cards} aria-label="Reminders">
      {rung.length > 1 && (
        <Button className={css.ask} onClick={() => rung.forEach(({ id }) => dismiss(id))}>
          Dismiss all {rung.length}
        </Button>
      )}
      {rung.map((one) => (
        <ReminderCard key={one.id} rung={one} />
      ))}
      {outside === 'ask' && (
        <Button
          look="quiet"
          className={css.ask}
          onClick={() => void askOutside().then(() => setOutside(outsideAllowed()))}
        >
          Tell me outside of this page too
        </Button>
      )}
    </section>
  );
}

function ReminderCard({ rung: { id, task, others } }: { rung: Rung }) {
  const { start } = useTaskMutation();
  const { run } = useReminderMutation();
  const { hrefOf } = usePanel();
  const today = useToday();
  const day = task.due_utc ? dayOf(new Date(task.due_utc)) : (task.due_date ?? null);
  const due = dueInWords({ day, due_utc: task.due_utc ?? null }, today);
  const putOff = async (howLong: string) => {
    const until = { for: howLong };
    if (await run({ kind: 'snooze', id, taskId: task.id, until, was: null })) dismiss(id);
  };
  return (
    <article className={css.card}>
      <header className={css.header}>
        <PageLink href={hrefOf(task.id)} className={css.title}>
          {task.title}
        </PageLink>
        <IconButton icon="close" label="Dismiss" onClick={() => dismiss(id)} />
      </header>
      {due && <p className={css.due}>Due {due}</p>}
      {others > 0 && <p className={css.due}>{others} more rang at the same time</p>}
      <footer className={css.answers}>
        <Button
          look="primary"
          icon="check"
          onClick={() => {
            start({ kind: 'complete', id: task.id });
            dismiss(id);
          }}
        >
          Done
        </Button>
        <span className={css.soft}>Again in</span>
        {SNOOZES.map(({ words, howLong }) => (
          <Button key={howLong} aria-label={`Again in ${words}`} onClick={() => void putOff(howLong)}>
            {words}
          </Button>
        ))}
      </footer>
    </article>
  );
}
