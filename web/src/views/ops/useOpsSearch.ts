import { useCallback } from 'react';
import { navigate, useSearch } from 'wouter/use-browser-location';

import type { DeliveryTrouble } from '../../api/types';

/** Where the page for operators is. */
export const OPS_PATH = '/ops';

/** What the URL narrows the page down to. */
export interface OpsSearch {
  /** Events of streams, or of types, with this in their name. */
  stream: string;
  /** Deliveries with this trouble; `null` for both. */
  outcome: DeliveryTrouble | null;
}

const OUTCOMES: readonly string[] = ['failing', 'failed'] satisfies DeliveryTrouble[];

/** Reads it; what is none is left out. */
export function readOpsSearch(query: string): OpsSearch {
  const parameters = new URLSearchParams(query);
  const outcome = parameters.get('outcome') ?? '';
  return {
    stream: parameters.get('stream') ?? '',
    outcome: OUTCOMES.includes(outcome) ? (outcome as DeliveryTrouble) : null,
  };
}

/** The URL that asks for more or for something else; of a panel, and whatever else is in the query, nothing changes. */
export function opsHref(query: string, change: Partial<OpsSearch>): string {
  const parameters = new URLSearchParams(query);
  const { stream, outcome } = { ...readOpsSearch(query), ...change };
  for (const [name, value] of [
    ['stream', stream],
    ['outcome', outcome ?? ''],
  ] as const) {
    if (value === '') parameters.delete(name);
    else parameters.set(name, value);
  }
  return parameters.size === 0 ? OPS_PATH : `${OPS_PATH}?${parameters.toString()}`;
}

/** What the URL asks for, and how to ask for something else. What is typed is no step in the history. */
export function useOpsSearch(): [OpsSearch, (change: Partial<OpsSearch>, step?: 'push' | 'replace') => void] {
  const query = useSearch();
  const change = useCallback((changed: Partial<OpsSearch>, step: 'push' | 'replace' = 'push') => {
    navigate(opsHref(globalThis.location.search, changed), { replace: step === 'replace' });
  }, []);
  return [readOpsSearch(query), change];
}
