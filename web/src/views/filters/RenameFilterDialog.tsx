import { useQueryClient } from '@tanstack/react-query';

import { focusAfterOverlay } from '../../app/overlay';
import { Dialog } from '../../components/Dialog';
import { renameFilter } from '../../tasks/filters';
import { useFilters } from '../../tasks/queries';
import { follow } from './follow';
import { NameForm } from './NameForm';

interface RenameFilterProps {
  open: boolean;
  onClose: () => void;
  name: string;
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
