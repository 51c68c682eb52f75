import { useEffect } from 'react';
import { navigate } from 'wouter/use-browser-location';

import { notify } from '../components/toasts';
import { undoLast } from '../tasks/undo';
import { useCommands } from './keys/commands';
import { listenToKeys } from './keys/listen';
import { openOverlay, toggleOverlay } from './overlay';

/** The keyboard, and the commands that there are wherever one is. */
export function PageCommands() {
  useEffect(listenToKeys, []);
  useCommands({
    palette: () => toggleOverlay({ kind: 'palette' }),
    keys: () => openOverlay({ kind: 'keys' }),
    undo: () => {
      if (!undoLast()) notify({ title: 'There is nothing to undo' });
    },
    today: () => navigate('/today'),
    upcoming: () => navigate('/upcoming'),
    all: () => navigate('/all'),
  });
  return null;
}
