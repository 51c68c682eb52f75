import { useJaegerUrl } from './queries';
import css from './Rows.module.css';
import { traceHref } from './trace';

/** Leads to the trace in Jaeger; nothing where there is none. */
export function TraceLink({ traceparent }: { traceparent: string | null | undefined }) {
  const href = traceHref(useJaegerUrl(), traceparent);
  if (href === null) return null;
  return (
    <a className={css.link} href={href} target="_blank" rel="noreferrer">
      Trace<span className="visually-hidden"> in Jaeger, in another window</span>
    </a>
  );
}
