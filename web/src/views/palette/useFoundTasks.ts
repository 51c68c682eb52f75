import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { api, dataOf } from '../../api/client';
import { keys } from '../../tasks/keys';
import { toRow, type TaskRow } from '../../tasks/row';

/** After the last key, the server is asked this much later. */
const PAUSE_MS = 80;
const SHOWN = 8;

/** The tasks that the server finds for words, whatever their status: the best matches. */
export function useFoundTasks(words: string): { tasks: TaskRow[]; searching: boolean } {
  const typed = words.trim();
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useQuery({
    queryKey: keys.found(asked),
    queryFn: async ({ signal }) => {
      const query = { q: asked, limit: SHOWN };
      return (await dataOf(api.GET('/tasks', { params: { query }, signal }))).items.map(toRow);
    },
    enabled: asked !== '',
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  return {
    tasks: typed === '' ? [] : (found.data ?? []),
    searching: typed !== '' && (typed !== asked || found.isFetching),
  };
}
