import css from './Sparkline.module.css';
import { HEIGHT, sparkOf, WIDTH, type Point } from './spark';

interface SparklineProps {
  label: string;
  points: readonly Point[];
  /** The moment at its right edge. */
  now: number;
  windowMs: number;
  /** The least value that the height stands for. */
  floor: number;
  inWords: (value: number) => string;
}

/** A figure, how it was in the last minutes, and the most that it was. */
export function Sparkline({ label, points, now, windowMs, floor, inWords }: SparklineProps) {
  const { line, top } = sparkOf(points, now, windowMs, floor);
  const last = points.at(-1)?.value ?? null;
  const value = last === null ? 'unknown' : inWords(last);
  const minutes = Math.round(windowMs / 60_000);
  return (
    <div className={css.spark} data-behind={last === null || last > floor}>
      <span className={css.label}>{label}</span>
      <strong className={css.value}>{value}</strong>
      <svg
        role="img"
        aria-label={`${label} in the last ${minutes} minutes: at most ${inWords(top)}`}
        viewBox={`0 -1 ${WIDTH} ${HEIGHT + 2}`}
        preserveAspectRatio="none"
        className={css.chart}
      >
        <path d={`M0 ${HEIGHT}H${WIDTH}`} className={css.ground} />
        <path d={line} className={css.line} />
      </svg>
      <span className={css.top}>at most {inWords(top)}</span>
    </div>
  );
}
