/** After the page is there, and whatever has no such callback waits this long. */
const LATER_MS = 2_000;

/** Loads parts of the page before they are wanted, once there is nothing else to do: they are there offline then. */
export function whenIdle(...parts: (() => Promise<unknown>)[]): void {
  const load = () => {
    for (const part of parts) part().catch(() => undefined);
  };
  if ('requestIdleCallback' in globalThis) requestIdleCallback(load, { timeout: LATER_MS });
  else setTimeout(load, LATER_MS);
}
