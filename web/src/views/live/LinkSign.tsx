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

/** A quiet sign while the server is away or changes wait to be sent; opened, it says which. */
export function LinkSign() {
  const away = useLiveStatus() === 'away';
  const client = useQueryClient();
  const titleOf = (id: string | null) => (id === null ? undefined : rowOf(client, id)?.title);
  const tasks = usePendingWrites().filter((write) => write.waiting);
  const reminders = useWaitingReminders();
  const waiting = [
    ...tasks.map(({ intent }) => writeInWords(intent, titleOf(taskOf(intent)))),
    ...reminders.map((intent) => reminderWriteInWords(intent, titleOf(intent.taskId))),
    ...useWaitingFilters().map(filterWriteInWords),
  ];
  const words = linkInWords(away, waiting.length);
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (words !== told.current) announce(words ?? 'Online, all changes are sent');
    told.current = words;
  }, [words]);
  if (words === null) return null;
  return (
    <section className={css.sign} aria-label="Connection">
      {waiting.length === 0 ? (
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
          </ul>
        </details>
      )}
    </section>
  );
}
