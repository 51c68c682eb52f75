import { Suspense, useCallback, useEffect, useMemo } from 'react';

import { useCommands } from '../../app/keys/commands';
import { openOverlay } from '../../app/overlay';
import { useQuickAdd } from '../../app/quickAdd';
import { idle, pageIsShown } from '../../app/whenIdle';
import { announce } from '../../components/announce';
import { Button } from '../../components/Button';
import { Failure } from '../../components/Notice';
import { part } from '../../components/part';
import { useFilters } from '../../tasks/queries';
import { useToday } from '../../time/useToday';
import { usePanel } from '../task/usePanel';
import { EmptyList } from './EmptyList';
import { FilterBar } from './FilterBar';
import { countInDigits, itemsOf } from './items';
import { ListLine, LoadingList } from './ListLines';
import css from './ListPage.module.css';
import { cleared, isFiltered } from './search';
import { SearchField } from './SearchField';
import { SteadyFrame } from './SteadyFrame';
import { useListKeys } from './useListKeys';
import { useListSearch } from './useListSearch';
import { useParts } from './useParts';
import { useSteady } from './useSteady';
import { viewOf, type Place } from './views';
import { VirtualList } from './VirtualList';

const SelectionBar = part(() => import('./SelectionBar'));
const DragLayer = part(async () => {
  await idle();
  return import('../drag/DragLayer');
});

/** A list of tasks: what it is called, how it is narrowed down, and the tasks. */
export function ListPage({ place, placeKey }: { place: Place; placeKey: string }) {
  const today = useToday();
  const [search, change] = useListSearch(place, placeKey);
  const { data: filters } = useFilters(place.kind === 'filter');
  // A place is made anew with each rendering; its key says whether it is another.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const view = useMemo(() => viewOf(place, search, today, filters ?? []), [placeKey, search, today, filters]);
  const { parts, loading, changing, problem, retry, readOn } = useParts(view.sections);
  const listKey = JSON.stringify(view.sections.map((section) => section.query));
  const steady = useSteady(parts, listKey, changing);
  const items = useMemo(() => itemsOf(steady.parts, view.byDay, today), [steady.parts, view.byDay, today]);
  const panel = usePanel();
  const quickAdd = useQuickAdd();
  const total = totalOf(parts);
  const { selection, ids, line, turn, handlers } = useListKeys(items);

  useEffect(() => {
    document.title = `${view.title} · Tasklog`;
  }, [view.title]);
  useEffect(() => {
    if (!loading) pageIsShown();
  }, [loading]);
  useEffect(() => {
    if (search.q !== '' && !changing && total !== null)
      announce(total === 1 ? '1 task found' : `${total} tasks found`);
  }, [search.q, changing, total]);
  const add = useCallback(() => quickAdd.open(view.addWords), [quickAdd, view.addWords]);
  useCommands({ add, search: () => document.getElementById('search')?.focus() });

  const save = () => openOverlay({ kind: 'saveFilter', place, search });
  const filterBar = <FilterBar view={view} search={search} onChange={change} onSave={save} />;
  return (
    <>
      <div className={css.top}>
        <header className={css.header}>
          <h1 className={css.title}>
            {view.title}
            {parts.length === 1 && <span className={css.count}>{parts[0] && countInDigits(parts[0])}</span>}
          </h1>
          <SearchField
            value={search.q}
            onChange={(q) => change({ q }, search.q === '' ? 'push' : 'replace')}
          />
          <Button look="primary" icon="add" className={css.add} onClick={add}>
            Add <kbd aria-hidden="true">Q</kbd>
          </Button>
        </header>
        {selection.selected.size > 0 ? (
          <Suspense fallback={filterBar}>
            <SelectionBar count={selection.selected.size} loaded={ids.length} />
          </Suspense>
        ) : (
          filterBar
        )}
      </div>
      <Suspense>
        <DragLayer ids={ids} />
      </Suspense>
      {problem ? (
        <Failure problem={problem} retry={retry} />
      ) : loading ? (
        <LoadingList />
      ) : items.length === 0 ? (
        <EmptyList
          place={place}
          filtered={isFiltered(search)}
          onClear={() => change(cleared(search))}
          onAdd={add}
        />
      ) : (
        <SteadyFrame list={steady} selecting={selection.selected.size > 0}>
          <VirtualList
            label={view.title}
            items={items}
            total={total}
            listKey={listKey}
            kept={line}
            turn={turn}
            handlers={handlers}
            onEndNear={readOn}
            render={(item) => (
              <ListLine
                item={item}
                today={today}
                byDay={view.byDay}
                hrefOf={panel.hrefOf}
                current={panel.id}
                selection={selection}
              />
            )}
          />
        </SteadyFrame>
      )}
    </>
  );
}

/** How many tasks the whole list has, where that is known and exact. */
function totalOf(parts: readonly { total: number | null; totalIsExact: boolean }[]): number | null {
  let sum = 0;
  for (const { total, totalIsExact } of parts) {
    if (total === null || !totalIsExact) return null;
    sum += total;
  }
  return sum;
}
