import { useMutationState, useQueryClient } from '@tanstack/react-query';

import type { FilterBack } from '../../tasks/back';
import type { FilterWrite } from '../../tasks/filterOverlay';
import { filterWritesWait } from '../../tasks/filterWrites';
import { keys } from '../../tasks/keys';

/** What is to be done to saved filters and waits to be sent, oldest first. Whoever shows it is told when the server goes and comes. */
export function useWaitingFilters(): FilterBack[] {
  const client = useQueryClient();
  const pending = useMutationState({ filters: { mutationKey: keys.filterWrite, status: 'pending' } });
  if (!filterWritesWait(client)) return [];
  return pending.map(({ variables }) => (variables as FilterWrite).intent);
}
