/** Saved filters: they are made, renamed, changed and deleted; each of it can be taken back. */
import type { QueryClient } from '@tanstack/react-query';

import { api, dataOf, writeHeaders } from '../api/client';
import { newKey } from '../api/key';
import { ApiProblem } from '../api/problem';
import type { Filter, SavedQuery } from '../api/types';
import { notify } from '../components/toasts';
import type { FilterBack } from './back';
import { keys, type TasksQuery } from './keys';
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

/** A filter asks for something else: its lists are others, and of those before nothing is held still. */
async function shownAnew(client: QueryClient, name: string): Promise<void> {
  const isOfIt = (key: readonly unknown[]) => (key[2] as TasksQuery).filter === name;
  await client.invalidateQueries({ queryKey: keys.filters });
  await client.resetQueries({ queryKey: keys.lists, predicate: ({ queryKey }) => isOfIt(queryKey) });
}

/** Tells that something was not done. */
export function filterRefused(title: string, problem: unknown): void {
  notify({
    tone: 'problem',
    title,
    description: problem instanceof ApiProblem ? problem.message : undefined,
  });
}

/** Is told of the name that a filter had, and of the one that it has. */
export type OnRenamed = (from: string, to: string) => void;

function send(back: FilterBack): Promise<unknown> {
  switch (back.do) {
    case 'delete':
      return sendDelete(back.filter);
    case 'create':
      return sendCreate(back.name, back.query);
    case 'rename':
      return sendPatch(back.filter, { name: back.name });
    case 'replace':
      return sendPatch(back.filter, { query: back.query });
  }
}

/** Takes a change back; who is refused is told. */
export async function takeFilterBack(
  client: QueryClient,
  back: FilterBack,
  onRenamed: OnRenamed,
): Promise<void> {
  try {
    await send(back);
    if (back.do === 'rename') onRenamed(back.filter.name, back.name);
    await (back.do === 'replace' ? shownAnew(client, back.filter.name) : shown(client));
  } catch (problem) {
    filterRefused('The filter was not set back', problem);
  }
}

interface Told {
  title: string;
  name: string;
}

function offer(
  client: QueryClient,
  { title, name }: Told,
  back: FilterBack,
  onRenamed: OnRenamed = () => undefined,
) {
  const run = () => void takeFilterBack(client, back, onRenamed);
  offerUndo({ title, description: name }, { kind: 'filter', back }, run);
}

/** Saves a filter. It fails with an `ApiProblem`, as the others do. */
export async function createFilter(client: QueryClient, name: string, query: SavedQuery): Promise<void> {
  const filter = await sendCreate(name, query);
  offer(client, { title: 'Filter saved', name }, { do: 'delete', filter });
  await shown(client);
}

/** Gives a filter other parameters. */
export async function changeFilter(client: QueryClient, filter: Filter, wanted: SavedQuery): Promise<void> {
  const changed = await sendPatch(filter, { query: replacing(filter.query, wanted) });
  const query = replacing(changed.query, filter.query);
  offer(client, { title: 'Filter changed', name: filter.name }, { do: 'replace', filter: changed, query });
  await shownAnew(client, filter.name);
}

/** Gives a filter another name, of which `onRenamed` is told, and of the old one if it is taken back. */
export async function renameFilter(
  client: QueryClient,
  filter: Filter,
  name: string,
  onRenamed: OnRenamed,
): Promise<void> {
  const now = await sendPatch(filter, { name });
  offer(
    client,
    { title: 'Filter renamed', name },
    { do: 'rename', filter: now, name: filter.name },
    onRenamed,
  );
  await shown(client);
  onRenamed(filter.name, name);
}

/** Deletes a filter; taken back, it is saved anew. */
export async function deleteFilter(client: QueryClient, filter: Filter): Promise<void> {
  await sendDelete(filter);
  const { name, query } = filter;
  offer(client, { title: 'Filter deleted', name }, { do: 'create', name, query });
  await shown(client);
}
