import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, dataOf } from '../api/client';
import type { PreviewedRecurrence, Recurrence, Task } from '../api/types';

export type PreviewRequest = Pick<Task, 'due_date' | 'due_at' | 'time_zone'> & {
  recurrence_pattern: Recurrence;
};

/** What a rule will do, by the server: in words, and the next due dates. A rule that is none fails with the problem that it has. */
export function useRecurrencePreview(request: PreviewRequest | null) {
  return useQuery<PreviewedRecurrence | null>({
    queryKey: ['recurrences', 'preview', request],
    queryFn: ({ signal }) => (request === null ? null : preview(request, signal)),
    enabled: request !== null,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

function preview(
  { due_date, due_at, time_zone, recurrence_pattern }: PreviewRequest,
  signal: AbortSignal,
): Promise<PreviewedRecurrence> {
  const due = due_at === null ? { due_date } : { due_at, time_zone };
  return dataOf(api.POST('/recurrences/preview', { body: { recurrence_pattern, ...due }, signal }));
}
