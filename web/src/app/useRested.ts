import { startTransition, useEffect, useState } from 'react';

import { hasRested, idle } from './whenIdle';

/**
 * False until the page shows what was asked for and has nothing else to do: what is not needed to show it waits for that. It is so once:
 * another list, or a drawer that is opened, is whole from the beginning.
 */
export function useRested(): boolean {
  const [rested, setRested] = useState(hasRested);
  useEffect(() => {
    if (rested) return undefined;
    let gone = false;
    void idle().then(() => {
      if (!gone) startTransition(() => setRested(true));
    });
    return () => {
      gone = true;
    };
  }, [rested]);
  return rested;
}
