import { Popover } from '@base-ui/react/popover';

import { Button } from '../../components/Button';
import popup from '../../components/Popup.module.css';
import { addDays, isDay, type Day } from '../../time/day';
import { useToday } from '../../time/useToday';
import { dayInWords } from '../../time/words';
import css from './FilterBar.module.css';
import type { ListSearch } from './search';

interface DueFilterProps {
  search: ListSearch;
  onChange: (change: Partial<ListSearch>) => void;
}

type Range = Pick<ListSearch, 'dueFrom' | 'dueTo' | 'overdue'>;

const ANY: Range = { dueFrom: null, dueTo: null, overdue: false };

function wordsOf({ dueFrom, dueTo, overdue }: Range, today: Day): string {
  if (overdue) return 'Overdue';
  if (dueFrom !== null && dueFrom === dueTo) return `Due ${dayInWords(dueFrom, today)}`;
  if (dueFrom !== null && dueTo !== null)
    return `${dayInWords(dueFrom, today)} – ${dayInWords(dueTo, today)}`;
  if (dueFrom !== null) return `From ${dayInWords(dueFrom, today)}`;
  if (dueTo !== null) return `Until ${dayInWords(dueTo, today)}`;
  return 'Due';
}

/** When the tasks of a list are due. */
export function DueFilter({ search, onChange }: DueFilterProps) {
  const today = useToday();
  const ranges: [string, Range][] = [
    ['Overdue', { ...ANY, overdue: true }],
    ['Today', { ...ANY, dueFrom: today, dueTo: today }],
    ['Next 7 days', { ...ANY, dueFrom: today, dueTo: addDays(today, 6) }],
    ['Any time', ANY],
  ];
  const isSet = search.overdue || search.dueFrom !== null || search.dueTo !== null;
  return (
    <Popover.Root>
      <Popover.Trigger render={<Button look="quiet" icon="calendar" data-set={isSet} className={css.chip} />}>
        {wordsOf(search, today)}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={popup.positioner} sideOffset={4} align="start">
          <Popover.Popup className={popup.popup} aria-label="Due">
            <div className={popup.fields}>
              {ranges.map(([words, range]) => (
                <Popover.Close key={words} render={<Button />} onClick={() => onChange(range)}>
                  {words}
                </Popover.Close>
              ))}
              <DayField
                label="From"
                day={search.dueFrom}
                onChange={(dueFrom) => onChange({ dueFrom, overdue: false })}
              />
              <DayField
                label="Until"
                day={search.dueTo}
                onChange={(dueTo) => onChange({ dueTo, overdue: false })}
              />
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface DayFieldProps {
  label: string;
  day: Day | null;
  onChange: (day: Day | null) => void;
}

function DayField({ label, day, onChange }: DayFieldProps) {
  return (
    <label>
      {label}
      <input
        type="date"
        value={day ?? ''}
        onChange={({ target }) => onChange(isDay(target.value) ? target.value : null)}
      />
    </label>
  );
}
