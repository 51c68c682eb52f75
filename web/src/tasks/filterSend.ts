import { api, dataOf, writeHeaders } from '../api/client';
import type { Filter, SavedQuery } from '../api/types';
import type { FilterBack } from './back';

/** A filter after a write, on top of a version where one is known; `null` when it is deleted. It fails with an `ApiProblem`. */
export async function sendFilter(
  key: string,
  intent: FilterBack,
  version: number | undefined,
): Promise<Filter | null> {
  const headers = writeHeaders(key, version);
  switch (intent.do) {
    case 'create': {
      const { name, query } = intent;
      return dataOf(api.POST('/filters', { body: { name, query }, headers }));
    }
    case 'delete':
      await api.DELETE('/filters/{name}', { params: { path: { name: intent.filter.name } }, headers });
      return null;
    case 'rename':
      return sendPatch(intent.filter.name, headers, { name: intent.name });
    case 'replace':
      return sendPatch(intent.filter.name, headers, { query: intent.query });
  }
}

function sendPatch(
  name: string,
  headers: ReturnType<typeof writeHeaders>,
  body: { name: string } | { query: SavedQuery },
): Promise<Filter> {
  return dataOf(
    api.PATCH('/filters/{name}', {
      params: { path: { name } },
      headers: { ...headers, 'Content-Type': 'application/merge-patch+json' },
      body,
    }),
  );
}
