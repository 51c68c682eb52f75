import { useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { navigate } from 'wouter/use-browser-location';

import type { Filter } from '../../api/types';
import { openOverlay } from '../../app/overlay';
import { ButtonMenu, MenuItem } from '../../components/Menu';
import { deleteFilter } from '../../tasks/filters';
import { filterRefused } from '../../tasks/filterWrites';
import { pathOf } from '../list/views';

interface FilterEntryMenuProps {
  filter: Filter;
  /** What opens it, as long as it is not loaded too. */
  trigger: ReactElement<Record<string, unknown>>;
}

/** What can be done to a saved filter. It is open at first: it was loaded as its button was pressed. */
export default function FilterEntryMenu({ filter, trigger }: FilterEntryMenuProps) {
  const client = useQueryClient();
  const remove = () => {
    deleteFilter(client, filter).then(
      () => {
        if (globalThis.location.pathname === pathOf({ kind: 'filter', name: filter.name })) navigate('/all');
      },
      (problem: unknown) => filterRefused('The filter was not deleted', problem),
    );
  };
  return (
    <ButtonMenu trigger={trigger} label={trigger.props.children as ReactElement} defaultOpen>
      <MenuItem onClick={() => openOverlay({ kind: 'renameFilter', name: filter.name })}>Rename…</MenuItem>
      <MenuItem onClick={remove}>Delete</MenuItem>
    </ButtonMenu>
  );
}
