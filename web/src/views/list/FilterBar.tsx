import { Suspense, useState } from 'react';

import { Button } from '../../components/Button';
import { part } from '../../components/part';
import { useToday } from '../../time/useToday';
import { chipsOf, type Chip } from './chips';
import css from './FilterBar.module.css';
import { cleared, isFiltered, type ListSearch } from './search';
import type { ListView } from './views';

const loadMenu = () => import('./FilterMenu');
const FilterMenu = part(loadMenu);

interface FilterBarProps {
  view: ListView;
  search: ListSearch;
  onChange: (change: Partial<ListSearch>) => void;
  /** Keeps the conditions as a filter. */
  onSave: () => void;
}

/** The conditions of a list and its order: a button each, with a menu that is loaded when it is first wanted. */
export function FilterBar({ view, search, onChange, onSave }: FilterBarProps) {
  const today = useToday();
  const chips = chipsOf(view, search, today);
  return (
    <div className={css.bar} role="group" aria-label="Filter and sort">
      {chips.map((chip) => (
        <ChipMenu key={chip.key} chip={chip} search={search} onChange={onChange} />
      ))}
      {isFiltered(search) && (
        <>
          <Button look="quiet" icon="filter" className={css.chip} onClick={onSave}>
            Save
          </Button>
          <Button look="quiet" icon="close" className={css.chip} onClick={() => onChange(cleared(search))}>
            Clear
          </Button>
        </>
      )}
    </div>
  );
}

interface ChipMenuProps {
  chip: Chip;
  search: ListSearch;
  onChange: (change: Partial<ListSearch>) => void;
}

function ChipMenu({ chip, search, onChange }: ChipMenuProps) {
  const [used, setUsed] = useState(false);
  const button = (
    <Button
      look="quiet"
      icon={chip.icon}
      className={css.chip}
      data-chip={chip.key}
      data-set={chip.isSet}
      aria-haspopup="true"
    />
  );
  const before = (
    <Button
      {...button.props}
      onPointerEnter={() => void loadMenu()}
      onFocus={() => void loadMenu()}
      onClick={() => setUsed(true)}
    >
      {chip.words}
    </Button>
  );
  if (!used) return before;
  return (
    <Suspense fallback={before}>
      <FilterMenu chip={chip} trigger={button} search={search} onChange={onChange} />
    </Suspense>
  );
}
