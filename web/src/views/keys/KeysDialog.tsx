import { Keys } from '../../app/keys/Keys';
import { singleKeys, useSingleKeys } from '../../app/keys/singleKeys';
import { TABLE, type Group } from '../../app/keys/table';
import { focusAfterOverlay } from '../../app/overlay';
import { Dialog } from '../../components/Dialog';
import css from './KeysDialog.module.css';

const GROUPS: readonly Group[] = ['Everywhere', 'Move', 'Select', 'Change'];

/** All keys of the page: the table that binds them, as it is. */
export default function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const on = useSingleKeys();
  return (
    <Dialog open={open} onClose={onClose} title="Keys" finalFocus={focusAfterOverlay}>
      <div className={css.groups}>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {TABLE.filter((binding) => binding.group === group).map(({ command, words, keys }) => (
                <div key={command}>
                  <dt>{words}</dt>
                  <dd>
                    {keys.map((one) => (
                      <Keys key={one} keys={one} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className={css.mouse}>
        Ctrl and a click select a task, Shift and a click all up to it; the right button has its menu. A task
        can be dragged to another day. By touch it is held first; held and let go, it has its menu.
      </p>
      <label className={css.single}>
        <input type="checkbox" checked={on} onChange={({ target }) => singleKeys.choose(target.checked)} />
        Letters and signs work by themselves
      </label>
    </Dialog>
  );
}
