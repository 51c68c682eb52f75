/** What has no idle time waits this long; so does everything, where the page does not come to show anything. */
const LATER_MS = 2_000;

let shown: () => void = () => undefined;
const isShown = new Promise<void>((resolve) => {
  shown = resolve;
});

/** The page shows what was asked for, or that it cannot: what is loaded from now on does not stand in its way. */
export function pageIsShown(): void {
  shown();
}

/** The page is there, and has nothing else to do. */
export async function idle(): Promise<void> {
  await Promise.race([isShown, new Promise((go) => setTimeout(go, LATER_MS))]);
  await new Promise<unknown>((go) => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(go, { timeout: LATER_MS });
    else setTimeout(go, LATER_MS);
  });
}

/** Loads parts of the page before they are wanted, once there is nothing else to do: they are there offline then. */
export function whenIdle(...parts: (() => Promise<unknown>)[]): void {
  void idle().then(() => {
    for (const part of parts) part().catch(() => undefined);
  });
}
