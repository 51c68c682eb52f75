import type { Priority, Status, Task } from '../../api/types';
import { PRIORITY_WORDS, STATUS_WORDS } from '../list/words';
import { Choice } from './Choice';
import { DueField } from './DueField';
import css from './Fields.module.css';
import { RepeatField } from './RepeatField';
import { TagsField } from './TagsField';
import type { Edit } from './useEdit';

/** The short fields of a task, each changed where it stands. */
export function TaskFields({ task, edit, inSeries }: { task: Task; edit: Edit; inSeries: boolean }) {
  return (
    <div className={css.fields}>
      <div className={css.row}>
        <span>Status</span>
        <Choice<Status>
          label="Status"
          bare
          className={css.value}
          words={STATUS_WORDS}
          chosen={task.status}
          onChange={(status) => void edit({ status })}
        />
      </div>
      <div className={css.row}>
        <span>Due</span>
        <DueField task={task} edit={edit} inSeries={inSeries} />
      </div>
      <RepeatField task={task} edit={edit} />
      <div className={css.row}>
        <span>Priority</span>
        <Choice<Priority>
          label="Priority"
          bare
          className={css.value}
          words={PRIORITY_WORDS}
          chosen={task.priority}
          onChange={(priority) => void edit({ priority })}
        />
      </div>
      <div className={css.row}>
        <span>Tags</span>
        <TagsField tags={task.tags} onChange={(tags) => edit({ tags })} />
      </div>
    </div>
  );
}
