import { useIsMutating } from '@tanstack/react-query';

import { runCommand } from '../../app/keys/commands';
import type { Command } from '../../app/keys/table';
import { Button, IconButton } from '../../components/Button';
import type { IconName } from '../../components/Icon';
import { keys } from '../../tasks/keys';
import bar from './FilterBar.module.css';
import css from './SelectionBar.module.css';

const ACTIONS: readonly [Command, IconName, string][] = [
  ['complete', 'check', 'Complete'],
  ['due', 'calendar', 'Due date'],
  ['priority', 'flag', 'Priority'],
  ['tags', 'tag', 'Tags'],
  ['delete', 'trash', 'Delete'],
];

/** In the place of the filter bar while tasks are selected: what can be done to them. `loaded` is how many could be. */
export default function SelectionBar({ count, loaded }: { count: number; loaded: number }) {
  // One that waits for the server shows what it did already.
  const isGoing = (write: { state: { isPaused: boolean } }) => !write.state.isPaused;
  const busy = useIsMutating({ mutationKey: keys.bulk, predicate: isGoing }) > 0;
  return (
    <div className={bar.bar} role="group" aria-label="Selected tasks" aria-busy={busy}>
      <IconButton icon="close" label="Select nothing" onClick={() => runCommand('leave')} />
      <span className={css.count}>{busy ? 'Changing…' : `${count.toLocaleString('en')} selected`}</span>
      {ACTIONS.map(([command, icon, words]) => (
        <Button
          key={command}
          look="quiet"
          icon={icon}
          className={bar.chip}
          disabled={busy}
          onClick={() => runCommand(command)}
        >
          {words}
        </Button>
      ))}
      {count < loaded && (
        <Button look="quiet" className={`${bar.chip} ${css.all}`} onClick={() => runCommand('selectAll')}>
          Select all {loaded.toLocaleString('en')} loaded
        </Button>
      )}
    </div>
  );
}
