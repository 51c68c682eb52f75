import { useSyncExternalStore } from 'react';

import { dayOf, type Day } from './day';
import { untilMidnight } from './words';

/** Midnight passed, or the device woke up on another day. */
function subscribe(changed: () => void): () => void {
  let timer = setTimeout(tick, untilMidnight(new Date()) + 50);
  function tick() {
    changed();
    clearTimeout(timer);
    timer = setTimeout(tick, untilMidnight(new Date()) + 50);
  }
  document.addEventListener('visibilitychange', tick);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', tick);
  };
}

/** Which day it is here; a new one at midnight. */
export function useToday(): Day {
  return useSyncExternalStore(subscribe, () => dayOf(new Date()));
}

/** The zone of this browser, which days and times of the page are in. */
export const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
