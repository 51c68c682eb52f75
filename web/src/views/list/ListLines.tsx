import { PageLink } from '../../components/PageLink';
import type { Selection } from '../../tasks/selection';
import type { Day } from '../../time/day';
import type { ListItem } from './items';
import css from './ListLines.module.css';
import { TaskLine } from './TaskLine';

interface LineProps {
  item: ListItem;
  today: Day;
  /** Tasks stand below their days. */
  byDay: boolean;
  hrefOf: (id: string) => string;
  /** The task that the panel shows. */
  current: string | null;
  selection: Selection;
}

/** The cursor, or where Tab leads before there is one: the first task. */
function keysAt(item: ListItem & { kind: 'task' }, { cursor }: Selection): 'cursor' | 'tab' | null {
  if (cursor === null) return item.position === 1 ? 'tab' : null;
  return cursor.id === item.task.id ? 'cursor' : null;
}

/** A line of a list, whatever it holds. */
export function ListLine({ item, today, byDay, hrefOf, current, selection }: LineProps) {
  switch (item.kind) {
    case 'heading':
      return (
        <h2 className={css.heading} data-late={item.late}>
          {item.word}
          {item.date && <span className={css.date}>{item.date}</span>}
          {item.count && <span className={css.date}>{item.count}</span>}
        </h2>
      );
    case 'task':
      return (
        <TaskLine
          task={item.task}
          today={today}
          dayIsTold={byDay && !(item.task.day !== null && item.task.day < today)}
          href={hrefOf(item.task.id)}
          current={current === item.task.id}
          keys={keysAt(item, selection)}
          selected={selection.selected.has(item.task.id)}
        />
      );
    case 'link':
      return (
        <PageLink href={item.href} className={css.link}>
          {item.words}
        </PageLink>
      );
    case 'loading':
      return <LoadingLine />;
  }
}

/** In the place of a task that is still being read. */
export function LoadingLine() {
  return (
    <div className={css.loading} aria-hidden="true">
      <span className={css.ring} />
      <span className={css.bar} />
    </div>
  );
}

/** In the place of a list that is still being read. */
export function LoadingList() {
  return (
    <div className={css.loadingList} aria-hidden="true">
      {Array.from({ length: 9 }, (_, line) => (
        <LoadingLine key={line} />
      ))}
    </div>
  );
}
