import { Autocomplete } from '@base-ui/react/autocomplete';
import type { ReactNode } from 'react';

import css from './CommandList.module.css';
import { Dialog } from './Dialog';
import { Icon, type IconName } from './Icon';

export interface Entry {
  key: string;
  icon: IconName;
  label: ReactNode;
  /** What stands at the end of its line. */
  note?: ReactNode;
  run: () => void;
}

export interface EntryGroup {
  label: string;
  items: Entry[];
}

interface CommandListProps {
  open: boolean;
  onClose: () => void;
  /** What is chosen here; read out. */
  title: string;
  placeholder: string;
  /** What there is for what is typed; it was looked for already. */
  groups: readonly EntryGroup[];
  query: string;
  onQuery: (query: string) => void;
  /** What there is to say where nothing is found. */
  empty: string;
  /** Where the focus goes when it is closed. */
  finalFocus: () => HTMLElement | boolean;
  /** Below the list. */
  children?: ReactNode;
}

/** A window in which one types to find something, and Enter does it. */
export function CommandList({
  open,
  onClose,
  title,
  placeholder,
  groups,
  query,
  onQuery,
  empty,
  finalFocus,
  children,
}: CommandListProps) {
  return (
    <Dialog open={open} onClose={onClose} title={title} bare finalFocus={finalFocus}>
      <div className={css.window}>
        <Autocomplete.Root
          open
          inline
          items={groups.filter(({ items }) => items.length > 0)}
          filter={null}
          autoHighlight="always"
          keepHighlight
          itemToStringValue={(entry: Entry) => entry.key}
          value={query}
          onValueChange={(typed, { reason }) => {
            // What is chosen is done; it is not what is looked for.
            if (reason !== 'item-press') onQuery(typed);
          }}
        >
          <div className={css.field}>
            <Icon name="search" />
            <Autocomplete.Input
              autoFocus
              aria-label={title}
              placeholder={placeholder}
              className={css.input}
            />
          </div>
          <Autocomplete.Empty className={css.empty}>{empty}</Autocomplete.Empty>
          <Autocomplete.List className={css.list} aria-label={title}>
            {(group: EntryGroup) => (
              <Autocomplete.Group key={group.label} items={group.items} className={css.group}>
                <Autocomplete.GroupLabel className={css.label}>{group.label}</Autocomplete.GroupLabel>
                <Autocomplete.Collection>
                  {(entry: Entry) => (
                    <Autocomplete.Item
                      key={entry.key}
                      value={entry}
                      className={css.item}
                      onClick={() => {
                        onClose();
                        entry.run();
                      }}
                    >
                      <Icon name={entry.icon} />
                      <span className={css.words}>{entry.label}</span>
                      {entry.note && <span className={css.note}>{entry.note}</span>}
                    </Autocomplete.Item>
                  )}
                </Autocomplete.Collection>
              </Autocomplete.Group>
            )}
          </Autocomplete.List>
        </Autocomplete.Root>
        {children}
      </div>
    </Dialog>
  );
}
