import { useEffectEvent, useLayoutEffect } from 'react';

import type { Command } from './table';

/** Who does what; the last that came does it. */
const doers = new Map<Command, (() => void)[]>();

/** Does a command, if anybody on the page does it now; says whether. */
export function runCommand(command: Command): boolean {
  const act = doers.get(command)?.at(-1);
  act?.();
  return act !== undefined;
}

/** Somebody on the page does it now. */
export function isAvailable(command: Command): boolean {
  return (doers.get(command)?.length ?? 0) > 0;
}

function register(command: Command, act: () => void): () => void {
  doers.set(command, [...(doers.get(command) ?? []), act]);
  return () =>
    doers.set(
      command,
      (doers.get(command) ?? []).filter((one) => one !== act),
    );
}

/** Does commands for as long as the component is there. Which ones is settled when it comes; what they do is as of its last rendering. */
export function useCommands(acts: Partial<Record<Command, () => void>>): void {
  const act = useEffectEvent((command: Command) => acts[command]?.());
  const commands = Object.keys(acts).join(' ');
  // With what is seen, not some time after it.
  useLayoutEffect(() => {
    const ends = commands.split(' ').map((command) => {
      const known = command as Command;
      return register(known, () => act(known));
    });
    return () => ends.forEach((end) => end());
  }, [commands]);
}
