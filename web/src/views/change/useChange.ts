import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';

import { loaded } from '../../components/part';
import { rowsOf } from '../../tasks/cacheRows';
import { intentOf, type Change } from '../../tasks/change';
import { startWrite } from '../../tasks/writes';
import { showRefused } from './showRefused';

const loadMany = () => import('../../tasks/changeMany');

/** Changes tasks: one as any single write, several in one go. */
export function useChange(): (ids: readonly string[], change: Change) => void {
  const client = useQueryClient();
  return useCallback(
    (ids, change) => {
      const rows = rowsOf(client, ids);
      const [only] = rows;
      if (only && rows.length === 1) {
        const intent = intentOf(change, only);
        if (intent) startWrite(client, intent);
      } else if (only) {
        void loaded(loadMany).then((many) => many?.changeMany(client, rows, change, showRefused));
      }
    },
    [client],
  );
}
