/** The clock in the page. All times are taken there, by its own clock; what drives it is in no time that is told. */
import type { BrowserContext, Page } from '@playwright/test';

/** Whether something is shown; `added` are the elements that came just now. */
type Condition = (added: readonly Element[]) => boolean;

interface Probe {
  /** Looks at every change of the document for these conditions: from the next press of a key on, or from now on. */
  watch(conditions: Record<string, Condition>, from?: 'key' | 'now'): void;
  /** When the key was pressed and when each condition was painted, once all were. */
  times(): Promise<Record<string, number>>;
  /** What the first lines of the list were, and when they were painted. */
  lines: { ids: string[]; at: number }[];
  /** When keys were pressed. */
  keys: number[];
}

declare global {
  interface Window {
    probe: Probe;
  }
}

/** Where the server is; the configuration has seen to it that it is told. */
export const SERVER = process.env.TASKLOG_URL ?? '';
/** The name under which `times` has the press of the key. */
export const PRESSED = 'pressed';
/** How many lines of a list tell it from another. */
export const LINES = 5;

/** Runs in the page, before anything of it does, and so can use nothing from outside. */
function install({ pressedName, lineCount }: { pressedName: string; lineCount: number }): void {
  let conditions = new Map<string, Condition>();
  let found: Record<string, Promise<number>> = {};
  let done: () => void = () => undefined;
  let all = Promise.resolve();

  /** The message comes after the frame whose callback sent it was painted. */
  const painted = () =>
    new Promise<number>((resolve) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      });
    });
  const look = (added: readonly Element[]) => {
    for (const [name, condition] of conditions) {
      if (name === pressedName || !condition(added)) continue;
      conditions.delete(name);
      found[name] = painted();
    }
    if (conditions.size === 0) done();
  };
  const noteLines = () => {
    const first = [...document.querySelectorAll<HTMLElement>('[data-task]')].slice(0, lineCount);
    const ids = first.map((line) => line.dataset.task ?? '');
    if (ids.join() === window.probe.lines.at(-1)?.ids.join()) return;
    const noted = { ids, at: Infinity };
    window.probe.lines.push(noted);
    void painted().then((at) => (noted.at = at));
  };

  window.probe = {
    watch: (wanted, from = 'key') => {
      conditions = new Map(Object.entries(wanted));
      if (from === 'key') conditions.set(pressedName, () => false);
      found = {};
      all = new Promise((resolve) => (done = resolve));
    },
    times: async () => {
      await all;
      const entries = Object.entries(found).map(async ([name, at]) => [name, await at] as const);
      return Object.fromEntries(await Promise.all(entries));
    },
    lines: [],
    keys: [],
  };
  new MutationObserver((records) => {
    const added = records
      .flatMap(({ addedNodes }) => [...addedNodes])
      .filter((node) => node instanceof Element);
    if (conditions.size > 0 && !conditions.has(pressedName)) look(added);
    noteLines();
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const press = ({ timeStamp }: KeyboardEvent) => {
    window.probe.keys.push(timeStamp);
    if (!conditions.delete(pressedName)) return;
    found[pressedName] = Promise.resolve(timeStamp);
    if (conditions.size === 0) done();
  };
  addEventListener('keydown', press, { capture: true });
}

/** Brings the clock into every page of a context. */
export async function bringClock(context: BrowserContext): Promise<void> {
  await context.addInitScript(install, { pressedName: PRESSED, lineCount: LINES });
}

/** When what was watched for was painted, and the press of the key. */
export function timesOf(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() => window.probe.times());
}

/** Milliseconds from the press of the key until something was painted. */
export function since(times: Record<string, number>, name: string): number {
  const [pressed, shown] = [times[PRESSED], times[name]];
  if (pressed === undefined || shown === undefined) throw new Error(`${name} was not seen`);
  return shown - pressed;
}

/** The task that the keyboard is on. */
export function cursorOf(page: Page): Promise<{ id: string; priority: string }> {
  return page.evaluate(() => {
    const line = document.querySelector<HTMLElement>('[data-cursor="true"]');
    if (!line) throw new Error('the keyboard is on no line');
    const box = line.querySelector<HTMLElement>('[data-priority]');
    return { id: line.dataset.task ?? '', priority: box?.dataset.priority ?? 'none' };
  });
}
