import { appendFileSync } from 'node:fs';

/** What was promised of a figure. */
export interface Limit {
  atMost?: number;
  atLeast?: number;
}

/** Hands a figure to whoever started the run, in the file that `BENCH_FIGURES` names, and prints it where nobody reads one. */
export function figure(name: string, value: number, unit: string, { atMost, atLeast }: Limit = {}): void {
  const line = JSON.stringify({ name, value, unit, at_most: atMost, at_least: atLeast });
  const file = process.env.BENCH_FIGURES;
  if (file === undefined) console.log(line);
  else appendFileSync(file, `${line}\n`);
}

/** The value below or at which so many of a hundred are. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

/** Times in milliseconds: the median, the 95th percentile, and the longest. */
export function times(name: string, values: readonly number[], limits: { p50?: number; p95?: number }): void {
  const limit = (atMost: number | undefined) => (atMost === undefined ? {} : { atMost });
  figure(`${name}.p50`, percentile(values, 50), 'ms', limit(limits.p50));
  figure(`${name}.p95`, percentile(values, 95), 'ms', limit(limits.p95));
  figure(`${name}.max`, percentile(values, 100), 'ms');
}
