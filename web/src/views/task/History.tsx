import { useState } from 'react';

import type { Task } from '../../api/types';
import { Failure } from '../../components/Notice';
import { useHistory } from '../../tasks/details';
import css from './History.module.css';
import { TimeMachine } from './TimeMachine';
import type { Edit } from './useEdit';
import { WhatHappened } from './WhatHappened';

/** What happened to the task, newest first, and how it was then. */
export default function History({ task, edit }: { task: Task; edit: Edit }) {
  const { data: items, error, refetch } = useHistory(task.id, task.version);
  // A version that somebody looks back at; `null` for now.
  const [at, setAt] = useState<number | null>(null);
  if (error) return <Failure problem={error} retry={() => void refetch()} />;
  if (!items) return <div className={css.loading} aria-busy="true" />;
  const shown = at ?? task.version;
  const show = (version: number) => setAt(version === task.version ? null : version);
  return (
    <>
      {items.length > 1 && (
        <TimeMachine
          task={task}
          versions={items.map(({ version }) => version)}
          at={shown}
          onChange={show}
          edit={edit}
        />
      )}
      <WhatHappened items={items} look={{ at: shown, onShow: show }} />
    </>
  );
}
