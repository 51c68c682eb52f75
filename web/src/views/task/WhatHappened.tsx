import type { HistoryItem } from '../../api/types';
import type { Day } from '../../time/day';
import { useToday } from '../../time/useToday';
import { instantInWords } from '../../time/words';
import { changesOf, deedInWords, NONE } from './changes';
import css from './History.module.css';

/** Of more changes than these, the oldest are not listed. */
const LISTED_MAX = 2000;

/** The version that is looked at, and how to look at another. */
interface Look {
  at: number;
  onShow: (version: number) => void;
}

/** What happened to a task, newest first. Without a `look` it is told, and cannot be gone back to. */
export function WhatHappened({ items, look }: { items: readonly HistoryItem[]; look?: Look }) {
  const today = useToday();
  const left = items.length - LISTED_MAX;
  return (
    <>
      <ol className={css.items} aria-label="What happened" reversed start={items.length}>
        {items
          .slice(-LISTED_MAX)
          .reverse()
          .map((item) => (
            <li key={item.version} className={css.item} data-current={item.version === look?.at}>
              <Deed item={item} look={look} />
              <Changes item={item} today={today} />
            </li>
          ))}
      </ol>
      {left > 0 && (
        <p className={css.gone}>{left === 1 ? 'One' : left.toLocaleString('en')} more before these.</p>
      )}
    </>
  );
}

function Deed({ item, look }: { item: HistoryItem; look: Look | undefined }) {
  const words = (
    <>
      {deedInWords(item)}
      <time dateTime={item.time}>{instantInWords(item.time)}</time>
    </>
  );
  if (!look) return <div className={css.deed}>{words}</div>;
  return (
    <button
      type="button"
      className={css.deed}
      aria-current={item.version === look.at || undefined}
      onClick={() => look.onShow(item.version)}
    >
      {words}
    </button>
  );
}

function Changes({ item, today }: { item: HistoryItem; today: Day }) {
  return (
    <ul className={css.changes}>
      {changesOf(item, today).map(({ name, from, to, onlyThis }) => (
        <li key={name}>
          <span className={css.name}>{name}</span>{' '}
          {from !== '' && from !== NONE && (
            <>
              <del>{from}</del> <span aria-hidden="true">→</span>{' '}
            </>
          )}
          <ins>{to}</ins>
          {onlyThis && <span className={css.name}> (this one only)</span>}
        </li>
      ))}
    </ul>
  );
}
