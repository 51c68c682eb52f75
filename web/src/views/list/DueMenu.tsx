import { Popover } from '@base-ui/react/popover';

import { Button } from '../../components/Button';
import popup from '../../components/Popup.module.css';
import { addDays, isDay, type Day } from '../../time/day';
import { useToday } from '../../time/useToday';
import type { FilterMenuProps } from './FilterMenu';
import { ANY_TIME, type ListSearch } from './search';

type Range = Pick<ListSearch, keyof typeof ANY_TIME>;

/** When the tasks of a list are due. */
export function DueMenu({ chip, trigger, search, onChange }: FilterMenuProps) {
  const today = useToday();
  const ranges: [string, Range][] = [
    ['Overdue', { ...ANY_TIME, overdue: true }],
    ['Today', { ...ANY_TIME, dueFrom: today, dueTo: today }],
    ['Next 7 days', { ...ANY_TIME, dueFrom: today, dueTo: addDays(today, 6) }],
    ['No due date', { ...ANY_TIME, undated: true }],
    ['Any time', ANY_TIME],
  ];
  return (
    <Popover.Root defaultOpen>
      <Popover.Trigger render={trigger}>{chip.words}</Popover.Trigger>
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
                onChange={(dueFrom) => onChange({ dueFrom, overdue: false, undated: false })}
              />
              <DayField
                label="Until"
                day={search.dueTo}
                onChange={(dueTo) => onChange({ dueTo, overdue: false, undated: false })}
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
