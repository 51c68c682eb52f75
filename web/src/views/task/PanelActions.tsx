import type { Task } from '../../api/types';
import { IconButton } from '../../components/Button';
import { Icon } from '../../components/Icon';
import { ButtonMenu, MenuItem } from '../../components/Menu';
import { useTaskMutation } from '../../tasks/writes';
import css from './TaskPanel.module.css';

/** What is done to the task as a whole. */
export function PanelActions({
  task: { id, version, recurrence_pattern },
  onDeleted,
}: {
  task: Task;
  onDeleted: () => void;
}) {
  const { runOrWait, start } = useTaskMutation();
  const remove = async () => {
    try {
      await runOrWait({ kind: 'delete', id, version });
      onDeleted();
    } catch {
      // The person was told; the task is still there.
    }
  };
  return (
    <>
      {/* A first version has nothing before it: undone, it would be deleted. */}
      {version > 1 && (
        <IconButton
          icon="undo"
          label="Undo the last change"
          onClick={() => start({ kind: 'undo', id, version })}
        />
      )}
      <ButtonMenu
        trigger={<button type="button" className={css.more} aria-label="More actions" />}
        label={<Icon name="dots" />}
      >
        {recurrence_pattern !== null && (
          <MenuItem onClick={() => start({ kind: 'skip', id, version })}>Skip this time</MenuItem>
        )}
        <MenuItem onClick={() => void remove()}>Delete</MenuItem>
      </ButtonMenu>
    </>
  );
}
