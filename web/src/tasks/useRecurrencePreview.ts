import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { ApiProblem } from '../api/problem';
import type { Recurrence, Task } from '../api/types';

/** What a rule will do, by the server. */
export interface RecurrencePreview {
  /** In words: `every month on the last day`. */
  words: string;
  /** The next due days or wall times, at most five. */
  next: string[];
}

export type PreviewRequest = Pick<Task, 'due_date' | 'due_at' | 'time_zone'> & {
  recurrence_pattern: Recurrence;
};

async function preview(request: PreviewRequest, signal: AbortSignal): Promise<RecurrencePreview | null> {
  const { due_date, due_at, time_zone, recurrence_pattern } = request;
  const due = due_at === null ? { due_date } : { due_at, time_zone };
  const answer = await fetch('/recurrences/preview', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ recurrence_pattern, ...due }),
    signal,
  }).catch((cause: unknown) => {
    throw ApiProblem.unreachable(cause);
  });
  // A server that cannot tell: nothing is shown.
  if (answer.status === 404 || answer.status === 405) return null;
  if (!answer.ok) throw await ApiProblem.of(answer);
  return (await answer.json()) as RecurrencePreview;
}

/** What a rule will do; `null` where the server does not tell. A rule that is none fails with the problem that it has. */
export function useRecurrencePreview(request: PreviewRequest | null) {
  return useQuery<RecurrencePreview | null>({
    queryKey: ['recurrences', 'preview', request],
    queryFn: ({ signal }) => (request === null ? null : preview(request, signal)),
    enabled: request !== null,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}
