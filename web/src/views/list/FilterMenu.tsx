import type { ReactElement } from 'react';

import { ButtonMenu, ChooseMany, ChooseOne, MenuItem, MenuSeparator } from '../../components/Menu';
import { Picker } from '../../components/Picker';
import { useTags } from '../../tasks/queries';
import type { Chip } from './chips';
import { DueMenu } from './DueMenu';
import { PRIORITIES, SORTS, STATUSES, type ListSearch, type Sort } from './search';
import { PRIORITY_WORDS, SORT_WORDS, STATUS_WORDS } from './words';

export interface FilterMenuProps {
  chip: Chip;
  /** The chip's button, without its words. */
  trigger: ReactElement<Record<string, unknown>>;
  search: ListSearch;
  onChange: (change: Partial<ListSearch>) => void;
}

/** The menu of a chip. It is open at first: it was loaded as its button was pressed. */
export default function FilterMenu(props: FilterMenuProps) {
  switch (props.chip.key) {
    case 'status':
      return <StatusMenu {...props} />;
    case 'priority':
      return <PriorityMenu {...props} />;
    case 'tags':
      return <TagMenu {...props} />;
    case 'due':
      return <DueMenu {...props} />;
    case 'sort':
      return <SortMenu {...props} />;
  }
}

/** The menus are part of the list, as its button is: who goes from one part of the page to the next finds them there. What is a dialog stands by itself. */
const main = () => document.getElementById('main');

const listOf = <T extends string>(values: readonly T[], words: Record<T, string>) =>
  values.map((value) => ({ value, label: words[value] }));

function StatusMenu({ chip, trigger, search: { status }, onChange }: FilterMenuProps) {
  const chosen = status === 'any' ? [...STATUSES] : (status ?? []);
  const choose = (changed: typeof chosen) => {
    if (changed.length === STATUSES.length) onChange({ status: 'any' });
    else onChange({ status: changed.length === 0 ? null : changed });
  };
  return (
    <ButtonMenu trigger={trigger} label={chip.words} within={main()} defaultOpen>
      <ChooseMany choices={listOf(STATUSES, STATUS_WORDS)} chosen={chosen} onChange={choose} />
      <MenuSeparator />
      <MenuItem onClick={() => onChange({ status: 'any' })}>Any status</MenuItem>
      <MenuItem onClick={() => onChange({ status: null })}>As the list has it</MenuItem>
    </ButtonMenu>
  );
}

function PriorityMenu({ chip, trigger, search, onChange }: FilterMenuProps) {
  return (
    <ButtonMenu trigger={trigger} label={chip.words} within={main()} defaultOpen>
      <ChooseMany
        choices={listOf(PRIORITIES, PRIORITY_WORDS)}
        chosen={search.priority}
        onChange={(priority) => onChange({ priority })}
      />
    </ButtonMenu>
  );
}

function TagMenu({ chip, trigger, search, onChange }: FilterMenuProps) {
  const tags = useTags();
  const counts = new Map(tags.data?.map(({ tag, count }) => [tag, count]));
  return (
    <Picker
      trigger={trigger}
      label={chip.words}
      name="Tags"
      items={[...new Set([...counts.keys(), ...search.tag])]}
      chosen={search.tag}
      onChange={(tag) => onChange({ tag })}
      noteOf={(tag) => counts.get(tag)}
      defaultOpen
    />
  );
}

const OWN = 'own';

function SortMenu({ chip, trigger, search, onChange }: FilterMenuProps) {
  const searching = search.q !== '';
  const choices = [
    { value: OWN as Sort | typeof OWN, label: searching ? SORT_WORDS.relevance : 'As the list has it' },
    ...listOf(
      SORTS.filter((sort) => sort !== 'relevance'),
      SORT_WORDS,
    ),
  ];
  const chosen = search.sort === null || search.sort === 'relevance' ? OWN : search.sort;
  return (
    <ButtonMenu trigger={trigger} label={chip.words} within={main()} defaultOpen>
      <ChooseOne
        choices={choices}
        chosen={chosen}
        onChange={(sort) => onChange({ sort: sort === OWN ? null : sort })}
      />
    </ButtonMenu>
  );
}
