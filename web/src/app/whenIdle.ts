/** What waits for the page to show something, and for idle time after it, waits no longer than this for each. */
const LATER_MS = 2_000;
/** A browser that does not tell of its idle time gets this to draw what is shown. */
const PAUSE_MS = 200;

const pause = (ms: number) => new Promise<void>((go) => setTimeout(go, ms));

let shown: () => void = () => undefined;
const isShown = new Promise<void>((resolve) => {
  shown = resolve;
});

/** The page shows what was asked for, or that it cannot: what is loaded from now on does not stand in its way. */
export function pageIsShown(): void {
  shown();
}

let rested = false;

/** The page has been idle: what is rendered from now on has nothing to wait for. */
export const hasRested = (): boolean => rested;

/** The page is there, and has nothing else to do. */
export async function idle(): Promise<void> {
  await Promise.race([isShown, pause(LATER_MS)]);
  if ('requestIdleCallback' in globalThis) {
    await new Promise((go) => requestIdleCallback(go, { timeout: LATER_MS }));
  } else {
    await pause(PAUSE_MS);
  }
  rested = true;
}

/** Loads parts of the page before they are wanted, once there is nothing else to do: they are there offline then. */
export function whenIdle(...parts: (() => Promise<unknown>)[]): void {
  void idle().then(() => {
    for (const part of parts) part().catch(() => undefined);
  });
}
