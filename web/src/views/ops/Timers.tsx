import type { Timer } from '../../api/types';
import { useTimers } from './queries';
import css from './Timers.module.css';
import { Section } from './Section';
import { fromNow, secondsInWords, upTo } from './words';

/** What the server counts to. */
const COUNT_MAX = 10_000;
/** What is due is done within a second; what is late by more is nobody's. */
const LATE_SECONDS = 3;

const NAMES: Readonly<Record<string, string>> = {
  recurrence: 'Recurring tasks',
  reminders: 'Reminders',
  notify: 'Deliveries',
  'tag-renames': 'Renames of tags',
};

/** What waits for its time, and what is late. */
export function TimersSection() {
  const read = useTimers();
  return (
    <Section title="Timers" hint="What waits for its time. What is due is done within a second." read={read}>
      {(timers) => (
        <div className={css.wide} tabIndex={0} role="region" aria-label="Timers, as a table">
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Waiting</th>
                <th scope="col">Due</th>
                <th scope="col">Late by</th>
                <th scope="col">Next</th>
              </tr>
            </thead>
            <tbody>
              {timers.map((timer) => (
                <TimerLine key={timer.name} timer={timer} now={read.dataUpdatedAt} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function TimerLine({
  timer: { name, waiting, due, late_seconds, next },
  now,
}: {
  timer: Timer;
  now: number;
}) {
  return (
    <tr data-late={late_seconds > LATE_SECONDS}>
      <th scope="row">{NAMES[name] ?? name}</th>
      <td>{upTo(waiting, COUNT_MAX)}</td>
      <td>{upTo(due, COUNT_MAX)}</td>
      <td className={css.late}>{due === 0 ? '–' : secondsInWords(late_seconds)}</td>
      <td>{next === null ? '–' : fromNow(next, now)}</td>
    </tr>
  );
}
