/** How far projections were behind, as this page has seen it: what the small charts are drawn of. */
import type { Projection } from '../../api/types';

/** How far a projection was behind at a moment; `null` where that was not known. */
export interface Sample {
  at: number;
  events: number | null;
  seconds: number | null;
}

/** By the names of projections, each oldest first. */
export type Lags = Readonly<Record<string, readonly Sample[]>>;

/** The charts show the last five minutes. */
export const WINDOW_MS = 5 * 60_000;

/** What was seen before and what is seen at `at`, without what is older than the charts. */
export function withSamples(before: Lags, at: number, projections: readonly Projection[]): Lags {
  const next: Record<string, readonly Sample[]> = {};
  for (const { name, lag, lag_seconds } of projections) {
    const kept = (before[name] ?? []).filter((sample) => sample.at > at - WINDOW_MS);
    next[name] = [...kept, { at, events: lag ?? null, seconds: lag_seconds ?? null }];
  }
  return next;
}
