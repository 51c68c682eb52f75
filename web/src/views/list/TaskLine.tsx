import { memo } from 'react';

import { Checkbox } from '../../components/Checkbox';
import { Icon } from '../../components/Icon';
import { PageLink } from '../../components/PageLink';
import { isOpen, type TaskRow } from '../../tasks/row';
import { useOverdue } from '../../tasks/useOverdue';
import { useTaskMutation } from '../../tasks/writes';
import type { Day } from '../../time/day';
import { dueInWords, timeInWords } from '../../time/words';
import { Marked } from './Marked';
import css from './TaskLine.module.css';
import { pathOf } from './views';

interface TaskLineProps {
  task: TaskRow;
  today: Day;
  /** The heading above says on which day it is due. */
  dayIsTold: boolean;
  /** Where its panel is. */
  href: string;
  /** The panel shows it. */
  current: boolean;
  /** The keyboard is on it, or comes to it by Tab; the other lines are reached from there. */
  keys: 'cursor' | 'tab' | null;
  selected: boolean;
}

/** A task of a list, on one line; on two where a search found something in its description, and on a phone. */
export const TaskLine = memo(function TaskLine({
  task,
  today,
  dayIsTold,
  href,
  current,
  keys,
  selected,
}: TaskLineProps) {
  const { start } = useTaskMutation();
  const done = task.status === 'completed';
  const tabIndex = keys === null ? -1 : 0;
  const { title, description } = task.highlights ?? {};
  return (
    <div
      className={css.line}
      data-task={task.id}
      data-done={!isOpen(task)}
      data-current={current}
      data-cursor={keys === 'cursor'}
      data-selected={selected}
    >
      <Checkbox
        tabIndex={tabIndex}
        checked={done}
        priority={task.priority}
        label={done ? `Open “${task.title}” again` : `Complete “${task.title}”`}
        onChange={(checked) =>
          start({ kind: checked ? 'complete' : 'reopen', id: task.id, version: task.version })
        }
      />
      <div className={css.words}>
        <PageLink
          href={href}
          className={css.title}
          id={`task-${task.id}`}
          tabIndex={tabIndex}
          aria-current={current || undefined}
        >
          {selected && <span className="visually-hidden">Selected: </span>}
          {title ? <Marked highlight={title} /> : task.title}
        </PageLink>
        {description && (
          <p className={css.snippet}>
            <Marked highlight={description} />
          </p>
        )}
      </div>
      <Facts task={task} today={today} dayIsTold={dayIsTold} tabIndex={tabIndex} />
    </div>
  );
});

const TAGS_SHOWN = 2;

type FactsProps = Pick<TaskLineProps, 'task' | 'today' | 'dayIsTold'> & { tabIndex: number };

function Facts({ task, today, dayIsTold, tabIndex }: FactsProps) {
  const due = dayIsTold ? task.due_utc && timeInWords(task.due_utc) : dueInWords(task, today);
  const hidden = task.tags.length - TAGS_SHOWN;
  return (
    <div className={css.facts}>
      {task.waiting && <Fact icon="clock" label="Waits to be sent" />}
      {task.status === 'in_progress' && <span className={css.progress}>In progress</span>}
      {task.status === 'cancelled' && <span>Cancelled</span>}
      {task.parent_id && <Fact icon="part" label="Part of another task" />}
      {task.noted && <Fact icon="notes" label="Has a description" />}
      {task.recurrence_pattern && <Fact icon="repeat" label="Repeats" />}
      {task.tags.slice(0, TAGS_SHOWN).map((tag) => (
        <PageLink key={tag} href={pathOf({ kind: 'tag', tag })} className={css.tag} tabIndex={tabIndex}>
          {tag}
        </PageLink>
      ))}
      {hidden > 0 && <span title={task.tags.slice(TAGS_SHOWN).join(', ')}>+{hidden}</span>}
      {(task.priority === 'urgent' || task.priority === 'high') && (
        <span className={css.flag} data-priority={task.priority}>
          <Fact icon="flag" label={task.priority === 'urgent' ? 'Urgent' : 'High priority'} />
        </span>
      )}
      {due && <Due words={due} task={task} today={today} />}
    </div>
  );
}

function Due({ words, task, today }: { words: string; task: TaskRow; today: Day }) {
  const late = useOverdue(task);
  const near = !late && isOpen(task) && task.day === today;
  return (
    <span className={css.due} data-late={late} data-near={near}>
      {late && <span className="visually-hidden">Overdue: </span>}
      {words}
    </span>
  );
}

function Fact({ icon, label }: { icon: 'clock' | 'part' | 'notes' | 'repeat' | 'flag'; label: string }) {
  return (
    <span className={css.fact} title={label}>
      <Icon name={icon} size={14} />
      <span className="visually-hidden">{label}</span>
    </span>
  );
}
