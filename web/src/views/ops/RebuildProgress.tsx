import { useId } from 'react';

import type { Rebuild } from '../../api/types';
import css from './Projections.module.css';
import { countInWords, secondsInWords } from './words';

/** How far a rebuild is, how fast, and when it will be there; or why it failed. */
export function RebuildProgress({ name, rebuild }: { name: string; rebuild: Rebuild }) {
  const { read, total, rate, eta_seconds, failed } = rebuild;
  const id = useId();
  // A log that grows is ahead of what was counted.
  const most = Math.max(total, read, 1);
  return (
    <div className={css.rebuild}>
      <span id={id}>Rebuild{<span className="visually-hidden"> of {name}</span>}</span>
      <progress aria-labelledby={id} max={most} value={read} />
      <span className={css.soft}>
        {countInWords(read)} of {countInWords(total)}
        {rate != null && `, ${countInWords(rate)} each second`}
        {eta_seconds != null && `, ${secondsInWords(eta_seconds)} left`}
        {failed != null && `; it failed and is tried again: ${failed}`}
      </span>
    </div>
  );
}
