import { useMutation, useQueryClient } from '@tanstack/react-query';

import { notify } from '../../components/toasts';
import { readAgain } from './queries';

/** Something that an operator does: it is not tried again by itself, and what came of it is told. */
export interface Deed {
  run: () => Promise<unknown>;
  /** What is told when it is done. */
  done: string;
}

/** Does deeds, one at a time; `busy` while one is under way. */
export function useDeed(): { start: (deed: Deed) => void; busy: boolean } {
  const client = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: ({ run }: Deed) => run(),
    retry: false,
    networkMode: 'always',
    onSuccess: (_, { done }) => notify({ title: done }),
    onError: (problem) => notify({ title: problem.title, description: problem.detail, tone: 'problem' }),
    onSettled: () => readAgain(client),
  });
  return { start: mutate, busy: isPending };
}
