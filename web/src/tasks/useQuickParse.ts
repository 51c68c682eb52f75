import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { api, dataOf } from '../api/client';
import type { ParsedQuickTask, Part } from '../api/types';
import { TIME_ZONE } from '../time/useToday';
import { understoodIn } from './understood';

/** After the last key, the server is asked this much later. */
const PAUSE_MS = 120;

export interface QuickParse {
  /** The pieces that are understood, as far as they stand in the text as it is now. */
  understood: Part[];
  /** What the whole text makes; `null` while that is on its way, and where it makes nothing. */
  parsed: ParsedQuickTask | null;
}

/** What a line that is being written is understood as. */
export function useQuickParse(text: string): QuickParse {
  const typed = text.trimEnd();
  const [asked, setAsked] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const { data, isPlaceholderData, isError } = useQuery<ParsedQuickTask>({
    queryKey: ['quick-parse', asked],
    queryFn: ({ signal }) => {
      const body = { text: asked, time_zone: TIME_ZONE };
      return dataOf(api.POST('/tasks/quick/parse', { body, signal }));
    },
    enabled: asked.trim() !== '',
    // What "today" is changes.
    staleTime: 60_000,
    retry: false,
    placeholderData: keepPreviousData,
  });
  if (data === undefined || isError || typed.trim() === '') return { understood: [], parsed: null };
  const isWhole = asked === typed && !isPlaceholderData;
  return { understood: understoodIn(text, data.understood), parsed: isWhole ? data : null };
}
