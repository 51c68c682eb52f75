/** Saved filters: they are made, renamed, changed and deleted; each of it can be taken back. */
import type { QueryClient } from '@tanstack/react-query';

import type { Filter, SavedQuery } from '../api/types';
import type { FilterBack } from './back';
import { replacing } from './filterOverlay';
import { readyFilterWrites, runFilterWrite, takeBack, type OnRenamed } from './filterWrites';

/** What became of a write: it is done, or kept until the server can be reached. Where that has refused it, it fails with an `ApiProblem`. */
type Sent = Promise<'done' | 'waiting'>;

/** Saves a filter. */
export function createFilter(client: QueryClient, name: string, query: SavedQuery): Sent {
  return runFilterWrite(client, { do: 'create', name, query });
}

/** Gives a filter other parameters. */
export function changeFilter(client: QueryClient, filter: Filter, wanted: SavedQuery): Sent {
  return runFilterWrite(client, { do: 'replace', filter, query: replacing(filter.query, wanted) });
}

/** Gives a filter another name, of which `onRenamed` is told, and of the old one if it is taken back. */
export function renameFilter(client: QueryClient, filter: Filter, name: string, onRenamed: OnRenamed): Sent {
  readyFilterWrites(client, onRenamed);
  return runFilterWrite(client, { do: 'rename', filter, name });
}

/** Deletes a filter; taken back, it is saved anew. */
export function deleteFilter(client: QueryClient, filter: Filter): Sent {
  return runFilterWrite(client, { do: 'delete', filter });
}

/** Takes a change of an earlier visit back; who is refused is told. */
export async function takeFilterBack(
  client: QueryClient,
  back: FilterBack,
  onRenamed: OnRenamed,
): Promise<void> {
  readyFilterWrites(client, onRenamed);
  await takeBack(client, back);
}
