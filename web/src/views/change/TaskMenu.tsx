import { Menu } from '@base-ui/react/menu';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import { runCommand } from '../../app/keys/commands';
import { KeysOf } from '../../app/keys/Keys';
import type { Command } from '../../app/keys/table';
import { focusAfterOverlay } from '../../app/overlay';
import { Icon, type IconName } from '../../components/Icon';
import popup from '../../components/Popup.module.css';
import { notify } from '../../components/toasts';
import { rowsOf } from '../../tasks/cacheRows';
import { targetsOf, useSelection } from '../../tasks/selection';
import { panelHref } from '../task/usePanel';

interface TaskMenuProps {
  open: boolean;
  onClose: () => void;
  /** Where it comes up, in the window. */
  x: number;
  y: number;
}

/** The menu of the task at the cursor, or of the selected ones. */
export default function TaskMenu({ open, onClose, x, y }: TaskMenuProps) {
  const client = useQueryClient();
  const selection = useSelection();
  const ids = targetsOf(selection);
  const rows = rowsOf(client, ids);
  const [only] = rows;
  const one = rows.length === 1 ? only : undefined;
  const done = rows.length > 0 && rows.every(({ status }) => status === 'completed');
  const anchor = useMemo(() => ({ getBoundingClientRect: () => new DOMRect(x, y, 0, 0) }), [x, y]);
  const copy = async (id: string) => {
    const { origin, pathname, search } = globalThis.location;
    const link = origin + panelHref(pathname, search, id);
    try {
      await navigator.clipboard.writeText(link);
      notify({ title: 'Link copied' });
    } catch {
      // Refused; and without TLS there is no clipboard.
      notify({ title: 'The browser does not let the page copy', description: link, tone: 'problem' });
    }
  };
  return (
    <Menu.Root open={open} onOpenChange={(opened) => !opened && onClose()}>
      <Menu.Portal container={document.getElementById('main')}>
        <Menu.Positioner className={popup.positioner} anchor={anchor} side="bottom" align="start">
          <Menu.Popup
            className={popup.popup}
            aria-label={one ? `“${one.title}”` : `${rows.length} tasks`}
            finalFocus={focusAfterOverlay}
          >
            {one && <Item command="open" icon="notes" words="Open" />}
            <Item command="complete" icon="check" words={done ? 'Open again' : 'Complete'} />
            <Menu.Separator className={popup.separator} />
            <Item command="due" icon="calendar" words="Due date…" />
            <Item command="priority" icon="flag" words="Priority…" />
            <Item command="tags" icon="tag" words="Tags…" />
            <Menu.Separator className={popup.separator} />
            {one && (
              <Item
                command="select"
                icon="all"
                words={selection.selected.has(one.id) ? 'Select no longer' : 'Select'}
              />
            )}
            {one && (
              <Menu.Item className={popup.item} onClick={() => void copy(one.id)}>
                <Icon name="link" /> Copy link
              </Menu.Item>
            )}
            <Item command="delete" icon="trash" words="Delete" />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Item({ command, icon, words }: { command: Command; icon: IconName; words: string }) {
  return (
    <Menu.Item className={popup.item} onClick={() => runCommand(command)}>
      <Icon name={icon} /> {words}
      <KeysOf command={command} />
    </Menu.Item>
  );
}
