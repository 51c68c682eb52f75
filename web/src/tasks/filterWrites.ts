/**
 * How saved filters are written. As with tasks, a write is kept on this device until the server has answered, goes on after a reload, and
 * is tried as long as the server is away. One is sent after the other: they share their names.
 */
import { onlineManager, type Mutation, type QueryClient } from '@tanstack/react-query';

import { newKey } from '../api/key';
import { ApiProblem } from '../api/problem';
import type { Filter } from '../api/types';
import { notify } from '../components/toasts';
import type { FilterBack } from './back';
import { filtersAfter, replacing, type FilterWrite } from './filterOverlay';
import { sendFilter } from './filterSend';
import { noteFilter, noteRefused, versionFor } from './filterVersions';
import { keepWrites, keptWrites, stateOf } from './kept';
import { keys, type TasksQuery } from './keys';
import { patience } from './patience';
import { offerUndo } from './undo';

export const KEPT_AS = 'tasklog.filterWrite.';

type Write = Mutation<Filter | null, ApiProblem, FilterWrite>;

/** Is told of the name that a filter had, and of the one that it has. */
export type OnRenamed = (from: string, to: string) => void;

const ready = new WeakSet<QueryClient>();
let tellRenamed: OnRenamed = () => undefined;
/** Those that somebody waits for, who tells of a refusal. */
const awaited = new Set<string>();

/** Teaches a client, once, how filters are written, and goes on with the writes of an earlier visit. */
export function readyFilterWrites(client: QueryClient, onRenamed?: OnRenamed): void {
  if (onRenamed) tellRenamed = onRenamed;
  if (ready.has(client)) return;
  ready.add(client);
  client.setMutationDefaults<Filter | null, ApiProblem, FilterWrite>(keys.filterWrite, {
    mutationFn: (write) => sendFilter(write.key, write.intent, versionFor(write)),
    onSuccess: (made, write) => confirmed(client, write, made),
    onError: (problem, write) => {
      const { key, intent, takesBack } = write;
      noteRefused(write);
      // What is shown is not what is there: else the next try would be refused as well.
      void client.invalidateQueries({ queryKey: keys.filters });
      if (awaited.has(key)) return;
      const title = takesBack ? 'The filter was not set back' : REFUSED[intent.do];
      filterRefused(`${title}: “${nameOf(intent)}”`, problem);
    },
    ...patience,
  });
  keepWrites(client, [keys.filterWrite], KEPT_AS);
  for (const kept of keptWrites<FilterWrite>(KEPT_AS)) {
    build(client, stateOf(kept))
      .continue()
      .catch(() => undefined);
  }
}

function build(client: QueryClient, state?: Write['state']): Write {
  const options = { mutationKey: keys.filterWrite, scope: { id: 'filters' } };
  return client
    .getMutationCache()
    .build<Filter | null, ApiProblem, FilterWrite, unknown>(client, options, state);
}

/** Whether writes to filters cannot be sent so far. */
export function filterWritesWait(client: QueryClient): boolean {
  const tried = client.getMutationCache().findAll({ mutationKey: keys.filterWrite, status: 'pending' });
  return !onlineManager.isOnline() || tried.some(({ state }) => state.failureCount > 0);
}

/** Does something to a filter: `waiting` as soon as that is kept and cannot be sent. Before, it fails with an `ApiProblem`. */
export function runFilterWrite(
  client: QueryClient,
  intent: FilterBack,
  takesBack = false,
): Promise<'done' | 'waiting'> {
  readyFilterWrites(client);
  const write: FilterWrite = { key: newKey(), intent, takesBack };
  const mutation = build(client);
  awaited.add(write.key);
  return new Promise((resolve, reject) => {
    const look = () => {
      if (mutation.state.status !== 'pending' || !filterWritesWait(client)) return;
      awaited.delete(write.key);
      resolve('waiting');
    };
    const end = client.getMutationCache().subscribe(look);
    mutation
      .execute(write)
      .then(() => resolve('done'), reject)
      .finally(() => {
        end();
        awaited.delete(write.key);
      });
  });
}

/** What other windows have written shows here too; returns how to stop. */
export function hearFilterWrites(client: QueryClient): () => void {
  const hear = ({ key, newValue }: StorageEvent) => {
    // It is kept until it is answered.
    if (key?.startsWith(KEPT_AS) && newValue === null)
      void client.invalidateQueries({ queryKey: keys.filters });
  };
  globalThis.addEventListener('storage', hear);
  return () => globalThis.removeEventListener('storage', hear);
}

function confirmed(client: QueryClient, write: FilterWrite, made: Filter | null): void {
  const { intent, takesBack } = write;
  if (made) noteFilter(write, made);
  client.setQueryData<Filter[]>(keys.filters, (held) => held && withAnswer(held, intent, made));
  if (intent.do === 'rename') tellRenamed(intent.filter.name, intent.name);
  void client.invalidateQueries({ queryKey: keys.filters });
  if (intent.do === 'replace') {
    // It asks for something else: its lists are others, and of those before nothing is held still.
    const isOfIt = (key: readonly unknown[]) => (key[2] as TasksQuery).filter === intent.filter.name;
    void client.resetQueries({ queryKey: keys.lists, predicate: ({ queryKey }) => isOfIt(queryKey) });
  } else void client.invalidateQueries({ queryKey: keys.lists, refetchType: 'active' });
  if (takesBack) return;
  const back = backOf(intent, made);
  if (back === null) return;
  const run = () => void takeBack(client, back);
  offerUndo({ title: DONE[intent.do], description: nameOf(intent) }, { kind: 'filter', back }, run);
}

/** The filters after a write, with the one that the server has answered. */
function withAnswer(filters: Filter[], intent: FilterBack, made: Filter | null): Filter[] {
  const after = filtersAfter(filters, [intent]);
  return made ? after.map((one) => (one.name === made.name ? made : one)) : after;
}

/** Takes a change back; who is refused is told. */
export async function takeBack(client: QueryClient, back: FilterBack): Promise<void> {
  try {
    await runFilterWrite(client, back, true);
  } catch (problem) {
    filterRefused('The filter was not set back', problem);
  }
}

/** What sets a filter back that a write has made so. */
function backOf(intent: FilterBack, made: Filter | null): FilterBack | null {
  if (intent.do === 'delete') {
    const { name, query, version: was } = intent.filter;
    return { do: 'create', name, query, was };
  }
  if (made === null) return null;
  switch (intent.do) {
    case 'create':
      return { do: 'delete', filter: made };
    case 'rename':
      return { do: 'rename', filter: made, name: intent.filter.name };
    case 'replace':
      return { do: 'replace', filter: made, query: replacing(made.query, intent.filter.query) };
  }
}

/** Tells that something was not done. */
export function filterRefused(title: string, problem: unknown): void {
  notify({
    tone: 'problem',
    title,
    description: problem instanceof ApiProblem ? problem.message : undefined,
  });
}

const nameOf = (intent: FilterBack): string => ('name' in intent ? intent.name : intent.filter.name);

const DONE: Record<FilterBack['do'], string> = {
  create: 'Filter saved',
  rename: 'Filter renamed',
  replace: 'Filter changed',
  delete: 'Filter deleted',
};

const REFUSED: Record<FilterBack['do'], string> = {
  create: 'The filter was not saved',
  rename: 'The filter was not renamed',
  replace: 'The filter was not changed',
  delete: 'The filter was not deleted',
};
