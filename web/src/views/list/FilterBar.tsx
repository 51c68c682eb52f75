import { Button } from '../../components/Button';
import { ButtonMenu, ChooseMany, ChooseOne, MenuItem, MenuSeparator } from '../../components/Menu';
import { Picker } from '../../components/Picker';
import { useTags } from '../../tasks/queries';
import { DueFilter } from './DueFilter';
import css from './FilterBar.module.css';
import { cleared, isFiltered, PRIORITIES, SORTS, STATUSES, type ListSearch, type Sort } from './search';
import type { ListView } from './views';
import { PRIORITY_WORDS, SORT_WORDS, STATUS_WORDS } from './words';

interface FilterBarProps {
  view: ListView;
  search: ListSearch;
  onChange: (change: Partial<ListSearch>) => void;
}

const listOf = <T extends string>(values: readonly T[], words: Record<T, string>) =>
  values.map((value) => ({ value, label: words[value] }));

/** The conditions of a list and its order. */
export default function FilterBar({ view, search, onChange }: FilterBarProps) {
  return (
    <div className={css.bar} role="group" aria-label="Filter and sort">
      <StatusFilter search={search} onChange={onChange} />
      <ButtonMenu
        trigger={
          <Button look="quiet" icon="flag" data-set={search.priority.length > 0} className={css.chip} />
        }
        label={
          search.priority.length > 0
            ? search.priority.map((one) => PRIORITY_WORDS[one]).join(', ')
            : 'Priority'
        }
      >
        <ChooseMany
          choices={listOf(PRIORITIES, PRIORITY_WORDS)}
          chosen={search.priority}
          onChange={(priority) => onChange({ priority })}
        />
      </ButtonMenu>
      <TagFilter search={search} onChange={onChange} />
      {!view.ownDays && <DueFilter search={search} onChange={onChange} />}
      {isFiltered(search) && (
        <Button look="quiet" icon="close" className={css.chip} onClick={() => onChange(cleared(search))}>
          Clear
        </Button>
      )}
      <span className={css.space} />
      <SortMenu search={search} onChange={onChange} />
    </div>
  );
}

type PartProps = Omit<FilterBarProps, 'view'>;

function StatusFilter({ search: { status }, onChange }: PartProps) {
  const chosen = status === 'any' ? [...STATUSES] : (status ?? []);
  const words = status === 'any' ? 'Any status' : chosen.map((one) => STATUS_WORDS[one]).join(', ');
  return (
    <ButtonMenu
      trigger={<Button look="quiet" icon="check" data-set={status !== null} className={css.chip} />}
      label={words || 'Status'}
    >
      <ChooseMany
        choices={listOf(STATUSES, STATUS_WORDS)}
        chosen={chosen}
        onChange={(changed) =>
          onChange({
            status: changed.length === STATUSES.length ? 'any' : changed.length === 0 ? null : changed,
          })
        }
      />
      <MenuSeparator />
      <MenuItem onClick={() => onChange({ status: 'any' })}>Any status</MenuItem>
      <MenuItem onClick={() => onChange({ status: null })}>As the list has it</MenuItem>
    </ButtonMenu>
  );
}

function TagFilter({ search, onChange }: PartProps) {
  const tags = useTags();
  const counts = new Map(tags.data?.map(({ tag, count }) => [tag, count]));
  return (
    <Picker
      trigger={<Button look="quiet" icon="tag" data-set={search.tag.length > 0} className={css.chip} />}
      label={search.tag.length > 0 ? search.tag.join(', ') : 'Tags'}
      name="Tags"
      items={[...new Set([...counts.keys(), ...search.tag])]}
      chosen={search.tag}
      onChange={(tag) => onChange({ tag })}
      noteOf={(tag) => counts.get(tag)}
    />
  );
}

const OWN_ORDER = 'own';

function SortMenu({ search, onChange }: PartProps) {
  const sorts = SORTS.filter((sort) => sort !== 'relevance' || search.q !== '');
  const choices = [
    {
      value: OWN_ORDER as Sort | typeof OWN_ORDER,
      label: search.q === '' ? 'As the list has it' : 'Best match',
    },
    ...sorts.filter((sort) => sort !== 'relevance').map((value) => ({ value, label: SORT_WORDS[value] })),
  ];
  return (
    <ButtonMenu
      trigger={<Button look="quiet" icon="sort" data-set={search.sort !== null} className={css.chip} />}
      label={search.sort === null ? 'Sort' : SORT_WORDS[search.sort]}
    >
      <ChooseOne
        choices={choices}
        chosen={search.sort === null || search.sort === 'relevance' ? OWN_ORDER : search.sort}
        onChange={(sort) => onChange({ sort: sort === OWN_ORDER ? null : sort })}
      />
    </ButtonMenu>
  );
}
