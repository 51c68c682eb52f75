import { useMemo, useState } from 'react';

import { useOwnIds } from '../../tasks/pending';
import type { Part } from './items';
import { heldInWords, steadyRows } from './steady';

interface Held {
  listKey: string;
  parts: readonly Part[];
}

export interface SteadyList {
  parts: readonly Part[];
  /** What is held back, in words. */
  held: string | null;
  /** Somebody points at the list, or is in it by the keyboard. */
  hold: (holding: boolean) => void;
  /** Shows what is held back. */
  release: () => void;
}

/** Holds the parts of a list still while somebody is at it; `changing`: they are those of another list that is on its way out. */
export function useSteady(parts: readonly Part[], listKey: string, changing: boolean): SteadyList {
  const own = useOwnIds();
  const [holding, hold] = useState(false);
  const [before, setBefore] = useState<Held | null>(null);
  const valid = holding && before?.listKey === listKey && before.parts.length === parts.length;
  if (!holding && before) setBefore(null);
  if (holding && !valid && !changing) setBefore({ listKey, parts });
  const steady = useMemo(() => {
    if (!valid || before.parts === parts) return { parts, held: null };
    let [added, changed] = [0, 0];
    const isOwn = (id: string) => own.has(id);
    const still = parts.map((part, index) => {
      const one = steadyRows(before.parts[index]?.rows ?? [], part.rows, isOwn);
      added += one.added;
      changed += one.changed;
      return { ...part, rows: one.rows };
    });
    return { parts: still, held: heldInWords({ added, changed }) };
  }, [valid, before, parts, own]);
  return { ...steady, hold, release: () => setBefore({ listKey, parts }) };
}
