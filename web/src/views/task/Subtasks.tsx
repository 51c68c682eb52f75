import { useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';

import type { Task } from '../../api/types';
import { announce } from '../../components/announce';
import { Button } from '../../components/Button';
import { changeEach } from '../../tasks/changeEach';
import { useSubtasks } from '../../tasks/details';
import { useDraft } from '../../tasks/drafts';
import { keys } from '../../tasks/keys';
import { rankAtEnd, ranksOfMove } from '../../tasks/rank';
import { useTaskMutation } from '../../tasks/writes';
import { showRefused } from '../change/showRefused';
import css from './Sections.module.css';
import { SubtaskLine } from './SubtaskLine';

/** What the task is made of, in an order that is changed by buttons and by dragging. */
export function Subtasks({ task }: { task: Task }) {
  const heading = useId();
  const client = useQueryClient();
  const subtasks = useSubtasks(task.id).data ?? [];
  const { start } = useTaskMutation();
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const done = subtasks.filter(({ status }) => status === 'completed').length;

  const move = (from: number, to: number) => {
    const moved = subtasks[from];
    if (!moved || to < 0 || to >= subtasks.length || from === to) return;
    const changes = ranksOfMove(subtasks, from, to).flatMap(({ id, rank }) => {
      const subtask = subtasks.find((other) => other.id === id);
      return subtask ? [{ task: subtask, patch: { rank } }] : [];
    });
    // It stands there at once; what is read after the write says the same.
    client.setQueryData(keys.subtasksOf(task.id), subtasks.toSpliced(from, 1).toSpliced(to, 0, moved));
    const [only] = changes;
    if (only && changes.length === 1) start({ kind: 'update', id: only.task.id, patch: only.patch });
    else void changeEach(client, changes, 'put in order', showRefused);
    announce(`${moved.title} is number ${to + 1} of ${subtasks.length}`);
  };
  const endDrag = () => {
    setDragged(null);
    setOver(null);
  };
  return (
    <section className={css.section} aria-labelledby={heading}>
      <h3 id={heading}>
        Subtasks
        {subtasks.length > 0 && (
          <span className={css.count}>
            {done}/{subtasks.length}
            <span className="visually-hidden"> done</span>
          </span>
        )}
      </h3>
      {subtasks.length > 0 && (
        <ol className={css.list}>
          {subtasks.map((subtask, at) => (
            <SubtaskLine
              key={subtask.id}
              task={subtask}
              place={{ at, last: subtasks.length - 1 }}
              drop={
                dragged === null || dragged === at || over !== at ? null : dragged < at ? 'below' : 'above'
              }
              onMove={(to) => move(at, to)}
              onDragStart={() => setDragged(at)}
              onDragOver={() => dragged !== null && setOver(at)}
              onDragEnd={endDrag}
              onDrop={() => {
                if (dragged !== null) move(dragged, at);
                endDrag();
              }}
            />
          ))}
        </ol>
      )}
      <AddSubtask task={task} rank={rankAtEnd(subtasks)} />
    </section>
  );
}

/** The line that adds a subtask; after one, the next can be typed. */
function AddSubtask({ task, rank }: { task: Task; rank: string | null }) {
  const { draft, keep } = useDraft(task.id, 'subtask');
  const { runOrWait } = useTaskMutation();
  const [adding, setAdding] = useState(false);
  const typed = draft?.text ?? '';
  const add = async () => {
    const title = typed.trim();
    if (title === '' || adding) return;
    setAdding(true);
    try {
      const place = { parent_id: task.id, ...(rank === null ? {} : { rank }) };
      await runOrWait({ kind: 'create', task: { title, ...place } });
      keep(null);
    } catch {
      // The person was told; what was typed stays.
    } finally {
      setAdding(false);
    }
  };
  return (
    <form
      className={css.add}
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <input
        aria-label="New subtask"
        placeholder="Add a subtask"
        maxLength={500}
        value={typed}
        readOnly={adding}
        onChange={({ target }) =>
          keep(target.value === '' ? null : { text: target.value, version: task.version })
        }
      />
      {typed.trim() !== '' && (
        <Button type="submit" aria-label="Add the subtask">
          Add
        </Button>
      )}
    </form>
  );
}
