import { Suspense, useId, useState } from 'react';

import type { Occurrences, Task } from '../../api/types';
import { Checkbox } from '../../components/Checkbox';
import { Icon } from '../../components/Icon';
import { PageLink } from '../../components/PageLink';
import { part } from '../../components/part';
import { useTask } from '../../tasks/queries';
import { useTaskMutation } from '../../tasks/writes';
import { instantInWords } from '../../time/words';
import { Description } from './Description';
import { Reminders } from './Reminders';
import { ScopeChoice } from './ScopeChoice';
import { Subtasks } from './Subtasks';
import { TaskFields } from './TaskFields';
import css from './TaskPanel.module.css';
import { TitleField } from './TitleField';
import { useEdit } from './useEdit';
import { usePanel } from './usePanel';

const History = part(() => import('./History'));

/** All that there is to see and change of a task. */
export function TaskBody({ task }: { task: Task }) {
  const { start } = useTaskMutation();
  const [scope, setScope] = useState<Occurrences>('following');
  const inSeries = task.recurrence_pattern !== null;
  const edit = useEdit(task, inSeries ? scope : undefined);
  const done = task.status === 'completed';
  return (
    <article className={css.body}>
      {task.parent_id !== null && <Parent id={task.parent_id} />}
      <div className={css.head}>
        <Checkbox
          checked={done}
          priority={task.priority}
          label={done ? 'Open again' : 'Complete'}
          onChange={(checked) =>
            start({ kind: checked ? 'complete' : 'reopen', id: task.id, version: task.version })
          }
        />
        <div className={css.grow} data-done={done}>
          <TitleField task={task} edit={edit} />
        </div>
      </div>
      {inSeries && (
        <div className={css.scope}>
          <ScopeChoice legend="Changes of this task are for" chosen={scope} onChange={setScope} />
        </div>
      )}
      <TaskFields task={task} edit={edit} inSeries={inSeries} />
      <Description task={task} edit={edit} />
      <Subtasks task={task} />
      <Reminders task={task} />
      <footer className={css.footer}>
        Created {instantInWords(task.created_at)}
        {task.version > 1 && <>, changed {instantInWords(task.updated_at)}</>}
        {task.completed_at && <>, completed {instantInWords(task.completed_at)}</>}
        <Disclosure words="History">
          <History task={task} edit={edit} />
        </Disclosure>
      </footer>
    </article>
  );
}

/** The task that this one is a part of. */
function Parent({ id }: { id: string }) {
  const { hrefOf } = usePanel();
  const { data: parent } = useTask(id);
  return (
    <PageLink href={hrefOf(id)} className={css.parent}>
      <Icon name="up" size={14} /> {parent ? parent.title : 'The task above'}
    </PageLink>
  );
}

/** What is loaded and shown when somebody wants it. */
function Disclosure({ words, children }: { words: string; children: React.ReactNode }) {
  const [open, setOpen] = useState(false);
  const content = useId();
  return (
    <div className={css.disclosure}>
      <button
        type="button"
        className={css.toggle}
        aria-expanded={open}
        aria-controls={content}
        onClick={() => setOpen(!open)}
      >
        <Icon name="history" /> {words}
      </button>
      <div id={content}>{open && <Suspense>{children}</Suspense>}</div>
    </div>
  );
}
