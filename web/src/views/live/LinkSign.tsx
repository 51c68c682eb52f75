import { useEffect, useRef } from 'react';

import { useLiveStatus } from '../../live/status';
import { announce } from '../../components/announce';
import { Icon } from '../../components/Icon';
import { rowOf } from '../../tasks/cache';
import { taskOf } from '../../tasks/intent';
import { usePendingWrites, type PendingWrite } from '../../tasks/pending';
import { useQueryClient } from '@tanstack/react-query';
import css from './LinkSign.module.css';
import { linkInWords, writeInWords } from './words';

/** A quiet sign while the server is away or changes wait to be sent; opened, it says which. */
export function LinkSign() {
  const away = useLiveStatus() === 'away';
  const waiting = usePendingWrites().filter((write) => write.waiting);
  const words = linkInWords(away, waiting.length);
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (words !== told.current) announce(words ?? 'Online, all changes are sent');
    told.current = words;
  }, [words]);
  if (words === null) return null;
  if (waiting.length === 0) return <p className={css.sign}>{words}</p>;
  return (
    <details className={css.sign}>
      <summary className={css.summary}>
        <Icon name="clock" /> {words}
      </summary>
      <ul className={css.writes}>
        {waiting.map((write, at) => (
          <Waiting key={at} write={write} />
        ))}
      </ul>
    </details>
  );
}

function Waiting({ write }: { write: PendingWrite }) {
  const client = useQueryClient();
  const id = taskOf(write.intent);
  const title = id === null ? undefined : rowOf(client, id)?.title;
  return <li>{writeInWords(write.intent, title)}</li>;
}
