import css from './Rows.module.css';
import { spreadOut } from './words';

/** A record of the log, to be read and copied. It takes the keyboard, as it may be longer than its place. */
export function Record({ label, text }: { label: string; text: string }) {
  return (
    <pre className={css.record} tabIndex={0} role="region" aria-label={label}>
      {spreadOut(text)}
    </pre>
  );
}
