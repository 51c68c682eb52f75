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

/** Who looks at a filter goes on to do so under its new name. */
function follow(from: string, to: string): void {
  if (globalThis.location.pathname !== pathOf({ kind: 'filter', name: from })) return;
  navigate(pathOf({ kind: 'filter', name: to }) + globalThis.location.search, { replace: true });
}

/** Gives a filter another name. */
export default function RenameFilterDialog({ open, onClose, name }: RenameFilterProps) {
  const client = useQueryClient();
  const filter = useFilters().data?.find((one) => one.name === name);
  const rename = async (renamed: string) => {
    if (!filter || renamed === name) return;
    await renameFilter(client, filter, renamed, follow);
  };
  return (
    <Dialog open={open} onClose={onClose} title="Rename the filter" finalFocus={focusAfterOverlay}>
      <NameForm name={name} action="Rename" save={rename} onDone={onClose} />
    </Dialog>
  );
}
