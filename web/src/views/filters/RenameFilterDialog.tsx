import { useQueryClient } from '@tanstack/react-query';
import { navigate } from 'wouter/use-browser-location';

import { focusAfterOverlay } from '../../app/overlay';
import { Dialog } from '../../components/Dialog';
import { renameFilter } from '../../tasks/filters';
import { useFilters } from '../../tasks/queries';
import { pathOf } from '../list/views';
import { NameForm } from './NameForm';

interface RenameFilterProps {
  open: boolean;
  onClose: () => void;
  name: string;
}

/** Gives a filter another name. Who looks at it goes on to do so. */
export default function RenameFilterDialog({ open, onClose, name }: RenameFilterProps) {
  const client = useQueryClient();
  const filter = useFilters().data?.find((one) => one.name === name);
  const rename = async (renamed: string) => {
    if (!filter || renamed === name) return;
    await renameFilter(client, filter, renamed);
    if (globalThis.location.pathname === pathOf({ kind: 'filter', name }))
      navigate(pathOf({ kind: 'filter', name: renamed }) + globalThis.location.search, { replace: true });
  };
  return (
    <Dialog open={open} onClose={onClose} title="Rename the filter" finalFocus={focusAfterOverlay}>
      <NameForm name={name} action="Rename" save={rename} onDone={onClose} />
    </Dialog>
  );
}
