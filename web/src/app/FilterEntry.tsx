import { Suspense, useState, type ReactNode } from 'react';

import type { Filter } from '../api/types';
import { Button } from '../components/Button';
import { Icon } from '../components/Icon';
import { part } from '../components/part';
import css from './FilterEntry.module.css';

const FilterEntryMenu = part(() => import('../views/filters/FilterEntryMenu'));

/** A saved filter among the places, with a menu. `children` is what leads to it. */
export function FilterEntry({ filter, children }: { filter: Filter; children: ReactNode }) {
  const [used, setUsed] = useState(false);
  const label = `Menu of “${filter.name}”`;
  const dots = <Icon name="dots" />;
  const button = (
    <Button
      look="quiet"
      className={css.menu}
      aria-label={label}
      aria-haspopup="menu"
      onClick={() => setUsed(true)}
    >
      {dots}
    </Button>
  );
  const trigger = (
    <Button look="quiet" className={css.menu} aria-label={label}>
      {dots}
    </Button>
  );
  return (
    <div className={css.entry}>
      {children}
      {used ? (
        <Suspense fallback={button}>
          <FilterEntryMenu filter={filter} trigger={trigger} />
        </Suspense>
      ) : (
        button
      )}
    </div>
  );
}
