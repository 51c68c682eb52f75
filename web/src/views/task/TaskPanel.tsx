import { useEffect, useRef } from 'react';
import { Link } from 'wouter';

import type { Task } from '../../api/types';
import { IconButton } from '../../components/Button';
import { Checkbox } from '../../components/Checkbox';
import { Failure } from '../../components/Notice';
import { useTask } from '../../tasks/queries';
import { toRow } from '../../tasks/row';
import { useTaskMutation } from '../../tasks/writes';
import { useToday } from '../../time/useToday';
import { dueInWords, instantInWords, wholeDay } from '../../time/words';
import { pathOf } from '../list/views';
import { PRIORITY_WORDS, STATUS_WORDS } from '../list/words';
import css from './TaskPanel.module.css';

/** A task beside the list that it was opened from. */
export default function TaskPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { data: task, error, refetch } = useTask(id);
  const panel = useRef<HTMLElement>(null);
  const close = () => {
    onClose();
    // Back to where the panel was opened from, if that is still there.
    document.getElementById(`task-${id}`)?.focus();
  };
  useEffect(() => panel.current?.focus(), [id]);
  return (
    <aside
      ref={panel}
      className={css.panel}
      tabIndex={-1}
      aria-label="Task"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) close();
      }}
    >
      <header className={css.header}>
        <IconButton icon="close" label="Close" onClick={close} />
      </header>
      {task ? (
        <TaskFacts task={task} />
      ) : error ? (
        <Failure problem={error} retry={() => void refetch()} />
      ) : (
        <div className={css.loading} aria-busy="true" />
      )}
    </aside>
  );
}

function TaskFacts({ task }: { task: Task }) {
  const { start } = useTaskMutation();
  const today = useToday();
  const row = toRow(task);
  const done = task.status === 'completed';
  return (
    <article className={css.body}>
      <div className={css.head}>
        <Checkbox
          checked={done}
          priority={task.priority}
          label={done ? 'Open again' : 'Complete'}
          onChange={(checked) =>
            start({ kind: checked ? 'complete' : 'reopen', id: task.id, version: task.version })
          }
        />
        <h2 className={css.title} data-done={done}>
          {task.title}
        </h2>
      </div>
      <dl className={css.facts}>
        <Fact name="Status">{STATUS_WORDS[task.status]}</Fact>
        <Fact name="Due">
          {row.day && <span title={wholeDay(row.day)}>{dueInWords(row, today)}</span>}
          {task.time_zone && <span className={css.soft}> {task.time_zone}</span>}
        </Fact>
        <Fact name="Repeats">{task.recurrence_pattern?.rrule}</Fact>
        <Fact name="Priority">{PRIORITY_WORDS[task.priority]}</Fact>
        <Fact name="Tags">
          {task.tags.length > 0 &&
            task.tags.map((tag) => (
              <Link key={tag} href={pathOf({ kind: 'tag', tag })} className={css.tag}>
                {tag}
              </Link>
            ))}
        </Fact>
      </dl>
      {task.description && <p className={css.description}>{task.description}</p>}
      <footer className={css.footer}>
        Created {instantInWords(task.created_at)}
        {task.version > 1 && <>, changed {instantInWords(task.updated_at)}</>}
        {task.completed_at && <>, completed {instantInWords(task.completed_at)}</>}
      </footer>
    </article>
  );
}

/** One fact; nothing where there is nothing to say. */
function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  const empty = children === null || children === undefined || children === false;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{empty ? <span className={css.soft}>None</span> : children}</dd>
    </div>
  );
}
