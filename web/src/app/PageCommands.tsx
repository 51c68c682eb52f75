import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useLayoutEffect } from 'react';
import { navigate } from 'wouter/use-browser-location';

import { loaded } from '../components/part';
import { notify } from '../components/toasts';
import { allAnswered, isSomeWaiting } from '../tasks/turn';
import { undoLast } from '../tasks/undo';
import { useCommands } from './keys/commands';
import { listenToKeys } from './keys/listen';
import { openOverlay, toggleOverlay } from './overlay';
import { whenIdle } from './whenIdle';

const loadEarlier = () => import('../views/change/takeBackEarlier');

/** Takes back the last change, once the server has it. */
async function undo(client: QueryClient): Promise<void> {
  if (isSomeWaiting(client)) {
    notify({ title: 'What waits to be sent can be undone once it is' });
    return;
  }
  await allAnswered(client);
  if (undoLast()) return;
  const earlier = await loaded(loadEarlier);
  if (earlier && !earlier.takeBackEarlier(client)) notify({ title: 'There is nothing to undo' });
}

/** The keyboard, and the commands that there are wherever one is. */
export function PageCommands() {
  const client = useQueryClient();
  // From the first picture on: who sees the page can press a key.
  useLayoutEffect(listenToKeys, []);
  useEffect(() => {
    let stop: (() => void) | null = null;
    let gone = false;
    whenIdle(async () => {
      const { listenToDrops } = await import('../views/files/listenToDrops');
      if (!gone) stop = listenToDrops(client);
    }, loadEarlier);
    return () => {
      gone = true;
      stop?.();
    };
  }, [client]);
  useCommands({
    palette: () => toggleOverlay({ kind: 'palette' }),
    keys: () => openOverlay({ kind: 'keys' }),
    undo: () => void undo(client),
    import: () => openOverlay({ kind: 'import' }),
    export: () => openOverlay({ kind: 'export' }),
    today: () => navigate('/today'),
    upcoming: () => navigate('/upcoming'),
    all: () => navigate('/all'),
    ops: () => navigate('/ops'),
  });
  return null;
}
