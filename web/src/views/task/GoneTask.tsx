import { useEffect } from 'react';

import { announce } from '../../components/announce';
import { Button } from '../../components/Button';
import { Empty, Failure } from '../../components/Notice';
import { useHistoryOfGone } from '../../tasks/details';
import { usePendingWrites } from '../../tasks/pending';
import { useTaskMutation } from '../../tasks/writes';
import { lastTitle, wasDeleted } from './changes';
import css from './TaskPanel.module.css';
import { WhatHappened } from './WhatHappened';

interface GoneTaskProps {
  id: string;
  /** What the server said of it. */
  problem: Error;
  retry: () => void;
}

/** In the place of a task that is not there. One that was deleted can come back; of another no more is known. */
export default function GoneTask({ id, problem, retry }: GoneTaskProps) {
  const { start } = useTaskMutation();
  const { data: items, isLoading, refetch } = useHistoryOfGone(id);
  const isComing = usePendingWrites().some(({ intent }) => intent.kind === 'restore' && intent.id === id);
  const isDeleted = items !== undefined && wasDeleted(items);
  useEffect(() => {
    if (isDeleted) announce('It was deleted');
  }, [isDeleted]);
  if (isDeleted) {
    return (
      <article className={css.body}>
        <Empty
          icon="trash"
          title="It was deleted"
          action={
            <Button look="primary" disabled={isComing} onClick={() => start({ kind: 'restore', id })}>
              Restore
            </Button>
          }
        >
          {lastTitle(items)}
        </Empty>
        <WhatHappened items={items} />
      </article>
    );
  }
  if (isLoading) return <div className={css.loading} aria-busy="true" />;
  const again = () => {
    retry();
    void refetch();
  };
  return <Failure problem={problem} retry={again} />;
}
