import type { QueryClient } from '@tanstack/react-query';

const followed = new WeakSet<Promise<unknown>>();

/**
 * An answer that is on its way may have been made before what is known now, by an event or by the answer to a change: it would undo that, or
 * lack what nothing will tell any more. It is read once more.
 */
export function readOnceMore(client: QueryClient): void {
  for (const query of client.getQueryCache().findAll({ queryKey: ['tasks'], fetchStatus: 'fetching' })) {
    // The next page of a list is new to it, and undoes nothing.
    if (query.state.fetchMeta?.fetchMore) continue;
    const answer = query.promise;
    if (!answer || followed.has(answer)) continue;
    followed.add(answer);
    const again = () => void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    // Once the answer is taken.
    answer.then(
      () => setTimeout(again),
      () => undefined,
    );
  }
}
