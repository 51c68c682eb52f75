import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { focusAfterOverlay, type Aspect } from '../../app/overlay';
import { Button } from '../../components/Button';
import { CommandList, type Entry } from '../../components/CommandList';
import { hasWords } from '../../components/find';
import { Icon } from '../../components/Icon';
import { rowsOf } from '../../tasks/cacheRows';
import type { Change } from '../../tasks/change';
import { useTags } from '../../tasks/queries';
import type { TaskRow } from '../../tasks/row';
import { isDay } from '../../time/day';
import { useToday } from '../../time/useToday';
import { wholeDay } from '../../time/words';
import { PRIORITIES } from '../list/search';
import { PRIORITY_WORDS } from '../list/words';
import css from './ChangeDialog.module.css';
import { dayChoices, tagChoices } from './choices';
import { useChange } from './useChange';

interface ChangeDialogProps {
  open: boolean;
  onClose: () => void;
  aspect: Aspect;
  ids: readonly string[];
}

const WORDS: Record<Aspect, { title: string; placeholder: string; empty: string }> = {
  due: { title: 'Due date', placeholder: 'When, or 2026-12-24', empty: 'A date is written 2026-12-24' },
  priority: { title: 'Priority', placeholder: 'How much it matters', empty: 'There is no such priority' },
  tags: { title: 'Tags', placeholder: 'Add or take away a tag', empty: 'Type to make a tag' },
};

/** Chooses a due date, a priority or a tag for tasks. */
export default function ChangeDialog({ open, onClose, aspect, ids }: ChangeDialogProps) {
  const client = useQueryClient();
  const rows = useMemo(() => rowsOf(client, ids), [client, ids]);
  const change = useChange();
  const [query, setQuery] = useState('');
  const choose = (chosen: Change) => change(ids, chosen);
  const items = useEntries(aspect, rows, query, choose);
  const { title, placeholder, empty } = WORDS[aspect];
  const subject = rows.length === 1 ? `“${rows[0]?.title ?? ''}”` : `${rows.length} tasks`;
  return (
    <CommandList
      open={open}
      onClose={onClose}
      title={`${title} of ${subject}`}
      placeholder={placeholder}
      groups={[{ label: `${title} of ${subject}`, items }]}
      query={query}
      onQuery={setQuery}
      empty={empty}
      finalFocus={focusAfterOverlay}
    >
      {aspect === 'due' && (
        <AnotherDay
          onChoose={(day) => {
            onClose();
            choose({ kind: 'due', day });
          }}
        />
      )}
    </CommandList>
  );
}

function useEntries(
  aspect: Aspect,
  rows: readonly TaskRow[],
  query: string,
  choose: (change: Change) => void,
): Entry[] {
  const today = useToday();
  const tags = useTags().data ?? [];
  const tick = (isSo: boolean) => isSo && <Icon name="check" />;
  switch (aspect) {
    case 'due':
      return dayChoices(today, query).map(({ words, day }) => ({
        key: words,
        icon: day === null ? 'close' : 'calendar',
        label: words,
        note: day && wholeDay(day),
        run: () => choose({ kind: 'due', day }),
      }));
    case 'priority':
      return PRIORITIES.filter((priority) => hasWords(PRIORITY_WORDS[priority], query)).map((priority) => ({
        key: priority,
        icon: 'flag',
        label: PRIORITY_WORDS[priority],
        note: tick(rows.every((row) => row.priority === priority)),
        run: () => choose({ kind: 'priority', priority }),
      }));
    case 'tags':
      return tagChoices(rows, tags, query).flatMap(({ tag, having, isNew }) => {
        const add: Entry = {
          key: `add ${tag}`,
          icon: isNew ? 'add' : 'tag',
          label: isNew ? `New tag “${tag}”` : tag,
          note: having > 0 && `Add to ${rows.length - having} more`,
          run: () => choose({ kind: 'tag', tag, has: true }),
        };
        const take: Entry = {
          key: `take ${tag}`,
          icon: 'close',
          label: tag,
          note: rows.length === 1 ? 'Take away' : `Take away from ${having}`,
          run: () => choose({ kind: 'tag', tag, has: false }),
        };
        if (having === 0) return [add];
        return having === rows.length ? [take] : [add, take];
      });
  }
}

/** A day that is not in the list, from the browser's own calendar. */
function AnotherDay({ onChoose }: { onChoose: (day: string) => void }) {
  const [day, setDay] = useState('');
  return (
    <form
      className={css.another}
      onSubmit={(event) => {
        event.preventDefault();
        if (isDay(day)) onChoose(day);
      }}
    >
      <label>
        Another day
        <input type="date" value={day} onChange={({ target }) => setDay(target.value)} />
      </label>
      <Button type="submit" disabled={!isDay(day)}>
        Set
      </Button>
    </form>
  );
}
