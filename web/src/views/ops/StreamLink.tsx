import { useSearch } from 'wouter/use-browser-location';

import { PageLink } from '../../components/PageLink';
import css from './Rows.module.css';
import { opsHref } from './useOpsSearch';

/** Narrows the events down to one stream. */
export function StreamLink({ id }: { id: string }) {
  const query = useSearch();
  return (
    <PageLink className={css.link} href={opsHref(query, { stream: id })}>
      Events of this stream
    </PageLink>
  );
}
