import { startTransition, useEffect, useState } from 'react';

import { idle } from './whenIdle';

/** False until the page shows what was asked for and has nothing else to do: what is not needed to show it waits for that. */
export function useRested(): boolean {
  const [rested, setRested] = useState(false);
  useEffect(() => {
    let gone = false;
    void idle().then(() => {
      if (!gone) startTransition(() => setRested(true));
    });
    return () => {
      gone = true;
    };
  }, []);
  return rested;
}
