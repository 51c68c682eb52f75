import { useState } from 'react';

import { Button } from '../../components/Button';
import css from './Rows.module.css';

const FIRST = 20;
/** What one request gives. */
const MOST = 200;

/** How many rows are shown: a few, or as many as one request gives. */
export function useLimit(): { limit: number; showMore: () => void } {
  const [limit, setLimit] = useState(FIRST);
  return { limit, showMore: () => setLimit(MOST) };
}

interface MoreProps {
  /** There are rows that are not shown. */
  more: boolean;
  limit: number;
  onMore: () => void;
}

/** Leads to the rows that are not shown. */
export function More({ more, limit, onMore }: MoreProps) {
  if (!more) return null;
  if (limit < MOST) return <Button onClick={onMore}>Show more</Button>;
  return <p className={css.more}>There are others behind these {MOST}, which come as these go.</p>;
}
