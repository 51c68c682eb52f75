/** Answers that are on their way while something is known that they may not show. */
import type { Query, QueryClient } from '@tanstack/react-query';

/** One that is read once more is so again only after so long: however much happens, there are few answers more than without. */
const AGAIN_MS = 1_000;
/** What these ask for never changes: they name a version. */
const OF_A_VERSION: readonly unknown[] = ['history', 'as-of'];

const followed = new WeakSet<Promise<unknown>>();
const readAt = new WeakMap<Query, number>();

/**
 * An answer that is on its way may have been made before what is known now by an event: it would undo that, or lack what no event will tell
 * any more. It is read once more when it has come. The next page of a list is not: it adds to what is there, see `addsTo`.
 */
export function readOnceMore(client: QueryClient): void {
  for (const query of onTheirWay(client)) follow(client, query);
}

/**
 * The same for what is known by the answer to this window's own change: a list that is there already is read anew at once, so that what is
 * older never shows.
 */
export function readAnewForOwn(client: QueryClient): void {
  for (const query of onTheirWay(client)) {
    if (query.state.data === undefined || !query.isActive()) follow(client, query);
    else again(client, query);
  }
}

/** The next page of this query that is on its way; it is added to the pages as they were when it was asked for. */
export function addsTo(query: Query | undefined): Promise<unknown> | undefined {
  return query?.state.fetchStatus === 'fetching' && query.state.fetchMeta?.fetchMore
    ? query.promise
    : undefined;
}

function onTheirWay(client: QueryClient): Query[] {
  const queries = client.getQueryCache().findAll({ queryKey: ['tasks'], fetchStatus: 'fetching' });
  return queries.filter((query) => addsTo(query) === undefined && !OF_A_VERSION.includes(query.queryKey[1]));
}

function follow(client: QueryClient, query: Query): void {
  const answer = query.promise;
  if (!answer || followed.has(answer)) return;
  followed.add(answer);
  // Once the answer is taken.
  answer.then(
    () => {
      const rested = Date.now() - (readAt.get(query) ?? 0);
      setTimeout(() => again(client, query), Math.max(0, AGAIN_MS - rested));
    },
    () => undefined,
  );
}

function again(client: QueryClient, query: Query): void {
  readAt.set(query, Date.now());
  void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
}
