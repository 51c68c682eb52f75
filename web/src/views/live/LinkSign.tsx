import { useEffect, useRef } from 'react';

import { useLiveStatus } from '../../live/status';
import { announce } from '../../components/announce';
import { Icon } from '../../components/Icon';
import { rowOf } from '../../tasks/cache';
import { useWaitingReminders } from '../../reminders/waiting';
import { taskOf } from '../../tasks/intent';
import { usePendingWrites } from '../../tasks/pending';
import { useQueryClient } from '@tanstack/react-query';
import css from './LinkSign.module.css';
import { useWaitingFilters } from './useWaitingFilters';
import { filterWriteInWords, linkInWords, reminderWriteInWords, writeInWords } from './words';

/** Of more changes than these it says only how many there are. */
const SHOWN = 50;

/** A quiet sign while the server is away or changes wait to be sent; opened, it says which. */
export function LinkSign() {
  const away = useLiveStatus() === 'away';
  const client = useQueryClient();
  const titleOf = (id: string | null) => (id === null ? undefined : rowOf(client, id)?.title);
  const tasks = usePendingWrites().filter((write) => write.waiting);
  const reminders = useWaitingReminders();
  const filters = useWaitingFilters();
  const count = tasks.length + reminders.length + filters.length;
  const waiting = [
    ...tasks.slice(0, SHOWN).map(({ intent }) => writeInWords(intent, titleOf(taskOf(intent)))),
    ...reminders.slice(0, SHOWN).map((intent) => reminderWriteInWords(intent, titleOf(intent.taskId))),
    ...filters.slice(0, SHOWN).map(filterWriteInWords),
  ].slice(0, SHOWN);
  const words = linkInWords(away, count);
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (words !== told.current) announce(words ?? 'Online, all changes are sent');
    told.current = words;
  }, [words]);
  if (words === null) return null;
  return (
    <section className={css.sign} aria-label="Connection">
      {count === 0 ? (
        words
      ) : (
        <details>
          <summary className={css.summary}>
            <Icon name="clock" /> {words}
          </summary>
          <ul className={css.writes}>
            {waiting.map((write, at) => (
              <li key={at}>{write}</li>
            ))}
            {count > waiting.length && <li>and {count - waiting.length} more</li>}
          </ul>
        </details>
      )}
    </section>
  );
}
