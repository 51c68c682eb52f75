import { useMemo } from 'react';

import { useToday } from '../time/useToday';
import { readSearch } from '../views/list/search';
import { useParts } from '../views/list/useParts';
import { viewOf } from '../views/list/views';
import { useRested } from './useRested';

const NOTHING_ASKED = readSearch(new URLSearchParams());

/**
 * How many tasks wait for today: what is due, and what is late; `undefined` where it is none, or not known yet. It is what Today shows, read
 * once the page is there, and kept right as any list is.
 */
export function useTodayCount(): number | undefined {
  const today = useToday();
  const asked = useRested();
  const sections = useMemo(
    () => (asked ? viewOf({ kind: 'today' }, NOTHING_ASKED, today, []).sections : []),
    [asked, today],
  );
  const totals = useParts(sections).parts.map(({ total }) => total);
  const sum = totals.reduce<number | null>(
    (all, total) => (all === null || total === null ? null : all + total),
    0,
  );
  return sum === null || sum === 0 ? undefined : sum;
}
