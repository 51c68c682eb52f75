import { Suspense, useEffect, useRef, type KeyboardEvent } from 'react';

import { IconButton } from '../../components/Button';
import { Failure } from '../../components/Notice';
import { part } from '../../components/part';
import { useTask } from '../../tasks/queries';
import { PanelActions } from './PanelActions';
import { TaskBody } from './TaskBody';
import css from './TaskPanel.module.css';

const GoneTask = part(() => import('./GoneTask'));

/** A task beside the list that it was opened from. */
export default function TaskPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { data: task, error, refetch } = useTask(id);
  // It may have been there before.
  const isGone = error?.status === 404;
  const panel = useRef<HTMLElement>(null);
  const close = () => {
    onClose();
    // Back to where the panel was opened from, if that is still there. On a phone that is inert until the panel is gone.
    requestAnimationFrame(() => document.getElementById(`task-${id}`)?.focus());
  };
  useEffect(() => panel.current?.focus(), [id]);
  useEffect(() => {
    // What had the focus went with the rest.
    if (document.activeElement === document.body) panel.current?.focus();
  }, [isGone]);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.nativeEvent.isComposing || event.defaultPrevented) return;
    if (event.key === 'Escape' && !isOfPopup(event)) close();
  };
  return (
    <aside ref={panel} className={css.panel} tabIndex={-1} aria-label="Task" onKeyDown={onKeyDown}>
      <header className={css.header}>
        {task && !isGone && <PanelActions task={task} onDeleted={close} />}
        <IconButton icon="close" label="Close" onClick={close} />
      </header>
      {isGone ? (
        <Suspense fallback={<div className={css.loading} aria-busy="true" />}>
          <GoneTask id={id} problem={error} retry={() => void refetch()} />
        </Suspense>
      ) : task ? (
        <TaskBody task={task} />
      ) : error ? (
        <Failure problem={error} retry={() => void refetch()} />
      ) : (
        <div className={css.loading} aria-busy="true" />
      )}
    </aside>
  );
}

/** The key was pressed in a popup of the panel, or closes one. */
function isOfPopup({ currentTarget, target }: KeyboardEvent<HTMLElement>): boolean {
  return (
    !(target instanceof Element) ||
    !currentTarget.contains(target) ||
    target.matches('[aria-expanded="true"][role]')
  );
}
