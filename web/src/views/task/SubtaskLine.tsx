import type { MouseEvent } from 'react';

import type { Task } from '../../api/types';
import { IconButton } from '../../components/Button';
import { Checkbox } from '../../components/Checkbox';
import { Icon } from '../../components/Icon';
import { PageLink } from '../../components/PageLink';
import { isOpen } from '../../tasks/row';
import { useTaskMutation } from '../../tasks/writes';
import css from './Sections.module.css';
import { usePanel } from './usePanel';

interface SubtaskLineProps {
  task: Task;
  place: { at: number; last: number };
  /** Something that is dragged would come to stand there. */
  drop: 'above' | 'below' | null;
  onMove: (to: number) => void;
  onDragStart: () => void;
  onDragOver: () => void;
  onDragEnd: () => void;
  onDrop: () => void;
}

export function SubtaskLine({
  task,
  place,
  drop,
  onMove,
  onDragStart,
  onDragOver,
  onDragEnd,
  onDrop,
}: SubtaskLineProps) {
  const { start } = useTaskMutation();
  const { hrefOf } = usePanel();
  // A line that moves in the page loses the focus.
  const step = ({ currentTarget: button }: MouseEvent<HTMLButtonElement>, to: number) => {
    onMove(to);
    requestAnimationFrame(() => button.focus());
  };
  const done = task.status === 'completed';
  return (
    <li
      className={css.item}
      data-done={!isOpen(task)}
      data-drop={drop ?? undefined}
      draggable
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = 'move';
        event.dataTransfer.setData('text/plain', task.title);
        onDragStart();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        onDragOver();
      }}
      onDragEnd={onDragEnd}
      onDrop={(event) => {
        event.preventDefault();
        onDrop();
      }}
    >
      <span className={css.grip}>
        <Icon name="grip" />
      </span>
      <Checkbox
        checked={done}
        priority={task.priority}
        label={done ? `Open “${task.title}” again` : `Complete “${task.title}”`}
        onChange={(checked) =>
          start({ kind: checked ? 'complete' : 'reopen', id: task.id, version: task.version })
        }
      />
      <PageLink href={hrefOf(task.id)} className={css.title} draggable={false}>
        {task.title}
      </PageLink>
      <IconButton
        icon="up"
        label={`Move “${task.title}” up`}
        className={css.step ?? ''}
        aria-disabled={place.at === 0}
        onClick={(event) => step(event, place.at - 1)}
      />
      <IconButton
        icon="down"
        label={`Move “${task.title}” down`}
        className={css.step ?? ''}
        aria-disabled={place.at === place.last}
        onClick={(event) => step(event, place.at + 1)}
      />
    </li>
  );
}
