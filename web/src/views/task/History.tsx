import { useState } from 'react';

import type { HistoryItem, Task } from '../../api/types';
import { Failure } from '../../components/Notice';
import { useHistory } from '../../tasks/details';
import type { Day } from '../../time/day';
import { useToday } from '../../time/useToday';
import { instantInWords } from '../../time/words';
import { changesOf, deedInWords, NONE } from './changes';
import css from './History.module.css';
import { TimeMachine } from './TimeMachine';
import type { Edit } from './useEdit';

/** What happened to the task, newest first, and how it was then. */
export default function History({ task, edit }: { task: Task; edit: Edit }) {
  const today = useToday();
  const { data: items, error, refetch } = useHistory(task.id, task.version);
  // A version that somebody looks back at; `null` for now.
  const [at, setAt] = useState<number | null>(null);
  if (error) return <Failure problem={error} retry={() => void refetch()} />;
  if (!items) return <div className={css.loading} aria-busy="true" />;
  const shown = at ?? task.version;
  return (
    <>
      {items.length > 1 && (
        <TimeMachine
          task={task}
          versions={items.map(({ version }) => version)}
          at={shown}
          onChange={(version) => setAt(version === task.version ? null : version)}
          edit={edit}
        />
      )}
      <ol className={css.items} aria-label="What happened" reversed>
        {items.toReversed().map((item) => (
          <Happened
            key={item.version}
            item={item}
            today={today}
            current={item.version === shown}
            onShow={() => setAt(item.version === task.version ? null : item.version)}
          />
        ))}
      </ol>
    </>
  );
}

interface HappenedProps {
  item: HistoryItem;
  today: Day;
  current: boolean;
  onShow: () => void;
}

function Happened({ item, today, current, onShow }: HappenedProps) {
  return (
    <li className={css.item} data-current={current}>
      <button type="button" className={css.deed} aria-current={current || undefined} onClick={onShow}>
        {deedInWords(item)}
        <time dateTime={item.time}>{instantInWords(item.time)}</time>
      </button>
      <ul className={css.changes}>
        {changesOf(item, today).map(({ name, from, to, onlyThis }) => (
          <li key={name}>
            <span className={css.name}>{name}</span>{' '}
            {from !== '' && from !== NONE && (
              <>
                <del>{from}</del> <span aria-hidden="true">→</span>{' '}
              </>
            )}
            <ins>{to}</ins>
            {onlyThis && <span className={css.name}> (this one only)</span>}
          </li>
        ))}
      </ul>
    </li>
  );
}
