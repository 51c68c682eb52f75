/** What a toast says. */
export interface Notice {
  title: string;
  description?: string | undefined;
  /** A problem stays for longer and is read out at once. */
  tone?: 'done' | 'problem';
  /** What can be done about it, such as to take it back. */
  action?: { label: string; run: () => void };
}

/** Shows a toast, and returns how to take it away. */
export type Show = (notice: Notice) => () => void;

/** So long after it has come, whoever has the page read out knows of the place; what is in it from its beginning is not read. */
const KNOWN_AFTER_MS = 100;

/** What is told before there is a place to show it waits for that. */
interface Waiting {
  notice: Notice;
  /** It is shown, and goes by this. */
  close: (() => void) | null;
}

let show: Show | null = null;
let waiting: Waiting[] = [];
let want: () => void = () => undefined;

/** There is something to be shown. */
export const firstToast = new Promise<void>((resolve) => {
  want = resolve;
});

/** Shows a toast, and returns how to take it away. It may be called from anywhere. */
export function notify(notice: Notice): () => void {
  if (show) return show(notice);
  const one: Waiting = { notice, close: null };
  waiting.push(one);
  want();
  return () => {
    waiting = waiting.filter((other) => other !== one);
    one.close?.();
  };
}

/** Has toasts shown in a place that has just come, those that wait first; returns how to stop. */
export function showToastsBy(by: Show): () => void {
  const begin = setTimeout(() => {
    show = by;
    for (const one of waiting) one.close = by(one.notice);
    waiting = [];
  }, KNOWN_AFTER_MS);
  return () => {
    clearTimeout(begin);
    show = null;
  };
}
