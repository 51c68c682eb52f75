/** What the page for operators reads, again and again while somebody looks at it. */
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';

import { api, dataOf } from '../../api/client';
import type { DeliveryTrouble, Projection } from '../../api/types';
import { withSamples, type Lags } from './lags';

export const opsKeys = {
  projections: ['ops', 'projections'] as const,
  deadLetters: ['ops', 'dead-letters'] as const,
  timers: ['ops', 'timers'] as const,
  deliveries: ['ops', 'deliveries'] as const,
  settings: ['ops', 'settings'] as const,
};

/**
 * There is a stream of events, but none of these figures: they are read again, as long as the page is visible. Each by itself, whatever
 * else is away: that is when operators look. What failed is not tried again before its time has come.
 */
const AGAIN = {
  refetchIntervalInBackground: false,
  refetchOnWindowFocus: true,
  networkMode: 'always',
  retry: false,
  staleTime: 0,
} as const;

const OFTEN_MS = 1_000;
const USUAL_MS = 3_000;
const SELDOM_MS = 5_000;

export interface Projections {
  items: Projection[];
  /** How far they were behind in the last minutes. */
  lags: Lags;
}

/** A rebuild that has only just begun tells nothing of itself yet, but that there is another generation. */
const isRebuilt = (read: Projections | undefined): boolean =>
  read?.items.some(
    ({ rebuild, generations }) =>
      rebuild != null || (generations?.some(({ role }) => role === 'building') ?? false),
  ) ?? false;

export function useProjections() {
  const client = useQueryClient();
  return useQuery<Projections>({
    ...AGAIN,
    queryKey: opsKeys.projections,
    refetchInterval: ({ state }) => (isRebuilt(state.data) ? OFTEN_MS : USUAL_MS),
    queryFn: async ({ signal }) => {
      const { items } = await dataOf(api.GET('/projections', { signal }));
      const before = client.getQueryData<Projections>(opsKeys.projections);
      return { items, lags: withSamples(before?.lags ?? {}, Date.now(), items) };
    },
  });
}

/** The first rows of a list, as many as are asked for. */
export interface Rows<T> {
  items: T[];
  /** There are others behind them. */
  more: boolean;
}

const rowsOf = <T>({ items, next_cursor }: { items: T[]; next_cursor?: string | null }): Rows<T> => ({
  items,
  more: (next_cursor ?? null) !== null,
});

export function useDeadLetters(limit: number) {
  return useQuery({
    ...AGAIN,
    queryKey: [...opsKeys.deadLetters, limit],
    refetchInterval: SELDOM_MS,
    queryFn: async ({ signal }) =>
      rowsOf(await dataOf(api.GET('/dead-letters', { params: { query: { limit } }, signal }))),
  });
}

export function useTimers() {
  return useQuery({
    ...AGAIN,
    queryKey: opsKeys.timers,
    refetchInterval: SELDOM_MS,
    queryFn: async ({ signal }) => (await dataOf(api.GET('/timers', { signal }))).items,
  });
}

export function useDeliveries(outcome: DeliveryTrouble | null, limit: number) {
  return useQuery({
    ...AGAIN,
    queryKey: [...opsKeys.deliveries, outcome, limit],
    refetchInterval: SELDOM_MS,
    queryFn: async ({ signal }) => {
      const query = { limit, ...(outcome !== null && { outcome: [outcome] }) };
      return rowsOf(await dataOf(api.GET('/deliveries', { params: { query }, signal })));
    },
  });
}

/** Where Jaeger is; empty where there is none, and as long as that is not known. */
export function useJaegerUrl(): string {
  const read = useQuery({
    queryKey: opsKeys.settings,
    staleTime: Infinity,
    queryFn: ({ signal }) => dataOf(api.GET('/page-settings', { signal })),
  });
  return read.data?.jaeger_ui_url ?? '';
}

/** What somebody has done shows at once, not when its time comes. */
export function readAgain(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: opsKeys.projections });
  void client.invalidateQueries({ queryKey: opsKeys.deadLetters });
}
