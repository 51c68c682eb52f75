import { useSyncExternalStore } from 'react';

let text = '';
const listeners = new Set<() => void>();

/** Has something read out when there is a pause: what changed without the focus going there. */
export function announce(words: string): void {
  text = words;
  listeners.forEach((listener) => {
    listener();
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The live region of the page; there is one. */
export function Announcer() {
  const words = useSyncExternalStore(subscribe, () => text);
  return (
    <div role="status" aria-live="polite" className="visually-hidden">
      {words}
    </div>
  );
}
