import { lazy, type ComponentType, type LazyExoticComponent } from 'react';

import { notify } from './toasts';

interface Loaded<Props> {
  default: ComponentType<Props>;
}

const Nothing = () => null;

let takeAway: () => void = () => undefined;

/** Told once, however many parts are missing. */
function tellThatItIsMissing(): void {
  takeAway();
  takeAway = notify({
    title: 'A part of the page could not be loaded',
    description: 'The server is away, or has a newer page by now. What you typed is kept.',
    tone: 'problem',
    action: { label: 'Load the page anew', run: () => location.reload() },
  });
}

/** Loads what something takes that is done rather than shown; `null` where it cannot be had, which the person is told. */
export async function loaded<T>(load: () => Promise<T>): Promise<T | null> {
  try {
    return await load();
  } catch {
    tellThatItIsMissing();
    return null;
  }
}

/** A part of the page that is loaded when it is first shown. Where it cannot be had, the page goes on without it, or with what is given `instead`. */
export function part<Props>(
  load: () => Promise<Loaded<Props>>,
  instead: ComponentType<Props> = Nothing,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(() =>
    load().catch((): Loaded<Props> => {
      tellThatItIsMissing();
      return { default: instead };
    }),
  );
}
