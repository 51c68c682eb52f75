import { useState, type ReactNode } from 'react';
import { usePathname } from 'wouter/use-browser-location';

import { Icon, type IconName } from '../components/Icon';
import { PageLink } from '../components/PageLink';
import { useFilters, useOpenTags } from '../tasks/queries';
import { pathOf } from '../views/list/views';
import { FilterEntry } from './FilterEntry';
import { runCommand } from './keys/commands';
import { KeysOf } from './keys/Keys';
import type { Command } from './keys/table';
import css from './Sidebar.module.css';
import { ThemeSwitch } from './ThemeSwitch';
import { useRested } from './useRested';
import { useTodayCount } from './useTodayCount';

/** Of more tags than these, the others are shown on demand. */
const TAGS_SHOWN = 10;

/** The places of the page. */
export function Sidebar({ onLeave }: { onLeave?: () => void }) {
  const rested = useRested();
  const filters = useFilters(rested).data ?? [];
  return (
    <nav
      aria-label="Lists"
      className={css.sidebar}
      onClick={(event) => (event.target as Element).closest('a') && onLeave?.()}
    >
      <p className={css.brand}>
        <img src="/icon.svg" alt="" width="24" height="24" />
        Tasklog
      </p>
      <div>
        <Tool command="palette" icon="search" onLeave={onLeave}>
          Find anything
        </Tool>
        <TodayEntry />
        <Entry href="/upcoming" icon="calendar">
          Upcoming
        </Entry>
        <Entry href="/all" icon="all">
          All tasks
        </Entry>
        {filters.length > 0 && <h2 className={css.heading}>Filters</h2>}
        {filters.map((filter) => (
          <FilterEntry key={filter.name} filter={filter}>
            <Entry href={pathOf({ kind: 'filter', name: filter.name })} icon="filter">
              {filter.name}
            </Entry>
          </FilterEntry>
        ))}
        <Tags wanted={rested} />
      </div>
      <div className={css.foot}>
        <Tool command="import" icon="down" onLeave={onLeave}>
          Import
        </Tool>
        <Tool command="export" icon="up" onLeave={onLeave}>
          Export
        </Tool>
        <Entry href="/ops" icon="gauge">
          Operations
        </Entry>
        <Tool command="keys" icon="keyboard" onLeave={onLeave}>
          Keys
        </Tool>
        <ThemeSwitch />
      </div>
    </nav>
  );
}

interface ToolProps {
  command: Command;
  icon: IconName;
  onLeave: (() => void) | undefined;
  children: ReactNode;
}

/** Something to do, among the places. */
function Tool({ command, icon, onLeave, children }: ToolProps) {
  const run = () => {
    onLeave?.();
    runCommand(command);
  };
  return (
    <button type="button" className={css.entry} onClick={run}>
      <Icon name={icon} />
      <span className={css.name}>{children}</span>
      <KeysOf command={command} />
    </button>
  );
}

/** Today, with how many tasks wait for it. */
function TodayEntry() {
  const count = useTodayCount();
  return (
    <Entry href="/today" icon="today" count={count}>
      Today
    </Entry>
  );
}

function Tags({ wanted }: { wanted: boolean }) {
  const [all, setAll] = useState(false);
  const tags = (useOpenTags(wanted).data ?? []).toSorted((one, other) => other.count - one.count);
  if (tags.length === 0) return null;
  const shown = all ? tags : tags.slice(0, TAGS_SHOWN);
  return (
    <>
      <h2 className={css.heading}>Tags</h2>
      {shown.map(({ tag, count }) => (
        <Entry key={tag} href={pathOf({ kind: 'tag', tag })} icon="tag" count={count}>
          {tag}
        </Entry>
      ))}
      {tags.length > TAGS_SHOWN && (
        <button type="button" className={css.more} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Fewer tags' : `${tags.length - TAGS_SHOWN} more tags`}
        </button>
      )}
    </>
  );
}

interface EntryProps {
  href: string;
  icon: IconName;
  count?: number | undefined;
  children: ReactNode;
}

function Entry({ href, icon, count, children }: EntryProps) {
  const here = usePathname() === href;
  return (
    <PageLink href={href} className={css.entry} aria-current={here ? 'page' : undefined}>
      <Icon name={icon} />
      <span className={css.name}>{children}</span>
      {count !== undefined && (
        <span className={css.count} aria-label={count === 1 ? '1 open task' : `${count} open tasks`}>
          {count}
        </span>
      )}
    </PageLink>
  );
}
