const FIRST_MS = 250;
const MAX_MS = 15_000;

/**
 * How long to wait before the next attempt: twice as long after each failure, and `chance`, from 0 to 1, spreads the pages that a
 * server lost at the same time.
 */
export function pauseMs(failures: number, chance: number): number {
  return Math.min(FIRST_MS * 2 ** failures, MAX_MS) * (0.5 + chance / 2);
}
