import { PageLink } from '../../components/PageLink';
import { usePanel } from '../task/usePanel';
import css from './Rows.module.css';

/** Opens the panel of a task beside the page. */
export function TaskLink({ id }: { id: string }) {
  return (
    <PageLink className={css.link} href={usePanel().hrefOf(id)}>
      The task
    </PageLink>
  );
}
