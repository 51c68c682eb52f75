/** Saved filters: they are made, renamed, changed and deleted; each of it can be taken back. */
import type { QueryClient } from '@tanstack/react-query';

import { api, dataOf, writeHeaders } from '../api/client';
import { newKey } from '../api/key';
import { ApiProblem } from '../api/problem';
import type { Filter, SavedQuery } from '../api/types';
import { notify } from '../components/toasts';
import { keys } from './keys';
import { offerUndo } from './undo';

async function sendDelete({ name, version }: Filter): Promise<void> {
  await api.DELETE('/filters/{name}', {
    params: { path: { name } },
    headers: writeHeaders(newKey(), version),
  });
}

function sendPatch(
  { name, version }: Filter,
  body: { name: string } | { query: SavedQuery },
): Promise<Filter> {
  return dataOf(
    api.PATCH('/filters/{name}', {
      params: { path: { name } },
      headers: { ...writeHeaders(newKey(), version), 'Content-Type': 'application/merge-patch+json' },
      body,
    }),
  );
}

function sendCreate(name: string, query: SavedQuery): Promise<Filter> {
  return dataOf(api.POST('/filters', { body: { name, query }, headers: writeHeaders(newKey()) }));
}

/** The parameters as a merge patch that leaves none of those before. */
export function replacing(before: SavedQuery, query: SavedQuery): SavedQuery {
  const gone = Object.fromEntries(Object.keys(before).map((name) => [name, null]));
  return { ...gone, ...query };
}

/** What was done shows in every list of that filter. */
async function shown(client: QueryClient): Promise<void> {
  await client.invalidateQueries({ queryKey: keys.filters });
  await client.invalidateQueries({ queryKey: keys.lists, refetchType: 'active' });
}

/** Tells that something was not done. */
export function filterRefused(title: string, problem: unknown): void {
  notify({
    tone: 'problem',
    title,
    description: problem instanceof ApiProblem ? problem.message : undefined,
  });
}

/** Takes a change back; who is refused is told. */
function offer(client: QueryClient, title: string, name: string, back: () => Promise<unknown>): void {
  offerUndo({ title, description: name }, () => {
    back()
      .then(() => shown(client))
      .catch((problem: unknown) => filterRefused('The filter was not set back', problem));
  });
}

/** Saves a filter. It fails with an `ApiProblem`, as the others do. */
export async function createFilter(client: QueryClient, name: string, query: SavedQuery): Promise<void> {
  const filter = await sendCreate(name, query);
  offer(client, 'Filter saved', name, () => sendDelete(filter));
  await shown(client);
}

/** Gives a filter other parameters. */
export async function changeFilter(client: QueryClient, filter: Filter, query: SavedQuery): Promise<void> {
  const changed = await sendPatch(filter, { query: replacing(filter.query, query) });
  offer(client, 'Filter changed', filter.name, () =>
    sendPatch(changed, { query: replacing(changed.query, filter.query) }),
  );
  await shown(client);
}

/** Gives a filter another name; `renamed` is told of the name then, and of the old one if it is taken back. */
export async function renameFilter(
  client: QueryClient,
  filter: Filter,
  name: string,
  renamed: (from: string, to: string) => void,
): Promise<void> {
  const now = await sendPatch(filter, { name });
  offer(client, 'Filter renamed', name, async () => {
    await sendPatch(now, { name: filter.name });
    renamed(name, filter.name);
  });
  await shown(client);
  renamed(filter.name, name);
}

/** Deletes a filter; taken back, it is saved anew. */
export async function deleteFilter(client: QueryClient, filter: Filter): Promise<void> {
  await sendDelete(filter);
  offer(client, 'Filter deleted', filter.name, () => sendCreate(filter.name, filter.query));
  await shown(client);
}
