import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { navigate } from 'wouter/use-browser-location';

import { focusAfterOverlay } from '../../app/overlay';
import { Button } from '../../components/Button';
import { Dialog } from '../../components/Dialog';
import { changeFilter, createFilter } from '../../tasks/filters';
import { filterRefused } from '../../tasks/filterWrites';
import { useFilters } from '../../tasks/queries';
import type { ListSearch } from '../list/search';
import { pathOf, type Place } from '../list/views';
import { NameForm } from './NameForm';
import css from './NameForm.module.css';
import { queryWords, savedQueryOf, suggestedName } from './savedQuery';

interface SaveFilterProps {
  open: boolean;
  onClose: () => void;
  place: Place;
  search: ListSearch;
}

/** Keeps the conditions of a list as a filter, which is shown then. */
export default function SaveFilterDialog({ open, onClose, place, search }: SaveFilterProps) {
  const client = useQueryClient();
  const filters = useFilters().data ?? [];
  // The conditions as they were: those of the URL may change as the filter is shown.
  const [query] = useState(() => savedQueryOf(place, search, filters));
  // The filter that is looked at may be given the conditions too.
  const replaced = place.kind === 'filter' && filters.find(({ name }) => name === place.name);
  // What waits has no list yet: the server alone knows what it finds. So the conditions stay where they are.
  const show = (sent: 'done' | 'waiting', name: string) => {
    if (sent === 'done') navigate(pathOf({ kind: 'filter', name }));
  };
  const replace = () => {
    if (!replaced) return;
    changeFilter(client, replaced, query).then(
      (sent) => show(sent, replaced.name),
      (problem: unknown) => filterRefused('The filter was not changed', problem),
    );
    onClose();
  };
  return (
    <Dialog open={open} onClose={onClose} title="Save as a filter" finalFocus={focusAfterOverlay}>
      <NameForm
        name={suggestedName(query)}
        action={replaced ? 'Save as a new one' : 'Save'}
        save={async (name) => show(await createFilter(client, name, query), name)}
        onDone={onClose}
        other={replaced && <Button onClick={replace}>Change “{replaced.name}”</Button>}
      >
        <p className={css.what}>It finds: {queryWords(query).join(' · ') || 'all tasks'}</p>
      </NameForm>
    </Dialog>
  );
}
