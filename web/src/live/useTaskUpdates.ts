import { onlineManager, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { consistency } from '../api/consistency';
import { staleness } from '../api/staleness';
import type { StreamEvent } from '../api/stream';
import { readyReminderWrites, reminderKeys } from '../reminders/reminders';
import { readAllAgain } from '../tasks/cache';
import { keys } from '../tasks/keys';
import { readOnceMore } from '../tasks/onItsWay';
import { recount } from '../tasks/recount';
import { applyEvents, readAnew } from './apply';
import { readEvent, type LogEvent } from './events';
import { heard } from './heard';
import { Link, type LinkState } from './link';
import { dropAnswered, heed } from './reminders';
import { liveStatus } from './status';

/** What comes by itself is applied at once, and what follows it is gathered for so long, that a burst is few changes of the page. */
const GATHER_MS = 40;
/** Counts of tags and of lists, and answers that were stale, are read again after so long: however much happens, not more often. */
const AGAIN_MS = 1_000;

/** Keeps everything that was read of tasks as it is on the server, in every window. There is one, in the shell. */
export function useTaskUpdates(): void {
  const client = useQueryClient();
  useEffect(() => follow(client), [client]);
}

function follow(client: QueryClient): () => void {
  const gathered: LogEvent[] = [];
  const counts = later(AGAIN_MS, () => {
    void client.invalidateQueries({ queryKey: keys.tags });
    recount(client);
  });
  const again = later(AGAIN_MS, () => {
    readAllAgain(client);
    // Of long lists nothing else is read again.
    counts.start();
  });
  const apply = atOnceAndAfter(GATHER_MS, () => {
    const events = gathered.splice(0);
    void applyEvents(client, events);
    heed(events, link.leads);
    readDerived(client, events);
    counts.start();
  });
  const link = new Link({
    events: (events: StreamEvent[]) => {
      consistency.note(events.at(-1)?.id ?? null);
      heard.tell(events);
      gathered.push(...events.flatMap((event) => readEvent(event) ?? []));
      if (gathered.length > 0) apply.start();
    },
    state: (state) => setState(client, state),
    // An answer on its way may show less than where the stream begins.
    placed: () => readOnceMore(client),
    lost: (otherLog) => {
      // What this page has written is in no other log.
      if (otherLog) consistency.reset();
      readAnew(client);
    },
  });
  if (!navigator.onLine) setState(client, 'away');
  link.start();
  readyReminderWrites(client);
  void dropAnswered();
  const stop = staleness.subscribe(again.start);
  // A window that the browser had put aside may not have been told everything.
  const wake = ({ persisted }: PageTransitionEvent) => persisted && again.start();
  globalThis.addEventListener('pageshow', wake);
  return () => {
    link.end();
    stop();
    globalThis.removeEventListener('pageshow', wake);
    for (const timer of [counts, again, apply]) timer.stop();
  };
}

/** While the server is away, reads and writes wait rather than fail; once it is back they go on. */
function setState(client: QueryClient, state: LinkState): void {
  const before = liveStatus.get();
  liveStatus.set(state);
  // The stream may begin after what an answer shows that is still on its way; what waited for the server is asked for only now.
  if (state === 'open' && before !== 'open') readOnceMore(client);
  onlineManager.setOnline(state !== 'away');
  if (state === 'open' && before !== 'open') {
    const failed = { predicate: (query: { state: { status: string } }) => query.state.status === 'error' };
    void client.refetchQueries({ ...failed, type: 'active' });
  }
}

/** These are kept right, or never change. */
const AS_THEY_ARE: readonly unknown[] = ['list', 'task', 'history', 'as-of'];

/** What else was read, beside lists and tasks themselves: it is read again where it is seen. */
function readDerived(client: QueryClient, events: readonly LogEvent[]): void {
  void client.invalidateQueries({
    predicate: ({ queryKey: [what, kind] }) => what === 'tasks' && !AS_THEY_ARE.includes(kind),
  });
  if (events.some(({ name }) => name.startsWith('reminder.'))) {
    void client.invalidateQueries({ queryKey: reminderKeys.all });
  }
}

/** Does something once, so long after the first call of `start`. */
function later(ms: number, run: () => void): { start: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    start: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        run();
      }, ms);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Does something at a call of `start`, at once, and then so long after the last time at the earliest, however often it is called. */
function atOnceAndAfter(ms: number, run: () => void): { start: () => void; stop: () => void } {
  let wanted = false;
  let rests = false;
  const pause = later(ms, () => {
    rests = false;
    if (wanted) start();
  });
  const start = () => {
    wanted = rests;
    if (rests) return;
    rests = true;
    pause.start();
    run();
  };
  return { start, stop: pause.stop };
}
