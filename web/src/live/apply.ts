/** Brings what others did into what the page has read. */
import type { QueryClient } from '@tanstack/react-query';

import { api, dataOf } from '../api/client';
import { ApiProblem } from '../api/problem';
import type { Task } from '../api/types';
import { catchUp, holdingsOf, newestOf, putRow, readAllAgain, showTask } from '../tasks/cache';
import { keys } from '../tasks/keys';
import { readOnceMore } from '../tasks/onItsWay';
import { toRow } from '../tasks/row';
import { byTask, outcomeOf, type LogEvent } from './events';

/** When more tasks than this have to be read, the lists are: an import makes thousands at once. */
const READ_MAX = 20;

/** Applies events. What they do not say is read, each task once. */
export async function applyEvents(client: QueryClient, events: readonly LogEvent[]): Promise<void> {
  readOnceMore(client);
  const unknown: string[] = [];
  for (const [id, itsEvents] of byTask(events)) {
    if (!applyTo(client, id, itsEvents)) unknown.push(id);
  }
  if (unknown.length > READ_MAX) readAllAgain(client);
  else await Promise.all(unknown.map((id) => readAgain(client, id)));
}

/** What happened meanwhile is not known: all is read again that was read, or may have been answered before now. */
export function readAnew(client: QueryClient): void {
  readOnceMore(client);
  readAllAgain(client);
}

/** Applies the events of one task; `false` where it has to be read. */
function applyTo(client: QueryClient, id: string, events: readonly LogEvent[]): boolean {
  const task = client.getQueryData<Task>(keys.task(id));
  const holdings = holdingsOf(client, id);
  const row = newestOf(holdings);
  // What is newer of the two; lists have no descriptions, so a task is better where both are as new.
  const base = row && (!task || row.version > task.version) ? undefined : task;
  const outcome = outcomeOf(events, base?.version ?? row?.version);
  switch (outcome.kind) {
    case 'known':
      // Somewhere, but not everywhere.
      catchUp(client, id, holdings);
      return true;
    case 'gone':
      showTask(client, id, null);
      void client.invalidateQueries({ queryKey: keys.task(id) });
      return true;
    case 'unknown':
      return false;
    case 'changed': {
      const { fields } = outcome;
      if (base || !row) {
        // Without a base the events begin with `task.created`, which says all.
        showTask(client, id, { ...base, ...fields } as Task);
        return true;
      }
      const after = toRow({ ...row, description: '', ...fields });
      const noted = fields.description === undefined ? row.noted : after.noted;
      putRow(client, id, { ...after, noted });
      void client.invalidateQueries({ queryKey: keys.task(id) });
      return true;
    }
  }
}

async function readAgain(client: QueryClient, id: string): Promise<void> {
  try {
    const task = await dataOf(api.GET('/tasks/{id}', { params: { path: { id } } }));
    showTask(client, id, task);
  } catch (problem) {
    if (!(problem instanceof ApiProblem)) throw problem;
    if (problem.status === 404) showTask(client, id, null);
    // It was not to be read now: whoever looks at it reads it.
    else readAllAgain(client);
  }
}
