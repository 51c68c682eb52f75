import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { navigate } from 'wouter/use-browser-location';

import { isAvailable, runCommand } from '../../app/keys/commands';
import { KeysOf } from '../../app/keys/Keys';
import type { Group } from '../../app/keys/table';
import { focusAfterOverlay } from '../../app/overlay';
import { routeOf } from '../../app/routes';
import { CommandList, type Entry } from '../../components/CommandList';
import { rowsOf } from '../../tasks/cacheRows';
import { useFilters, useTags } from '../../tasks/queries';
import { isOpen, type TaskRow } from '../../tasks/row';
import { targetsOf, useSelection } from '../../tasks/selection';
import { useToday } from '../../time/useToday';
import { dueInWords } from '../../time/words';
import { Marked } from '../list/Marked';
import { STATUS_WORDS } from '../list/words';
import { panelHref } from '../task/usePanel';
import { commandsFor, placesFor } from './entries';
import { useFoundTasks } from './useFoundTasks';

/** Finds anything: what can be done to the selected tasks, places, commands, and tasks by their words. */
export default function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [query, setQuery] = useState('');
  const { tasks, searching } = useFoundTasks(query);
  const subject = useSubject();
  const places = usePlaces(query);
  const today = useToday();
  const commands = (groups: readonly Group[]) =>
    commandsFor(query, groups)
      .filter(({ command }) => isAvailable(command))
      .map<Entry>(({ command, words, icon }) => ({
        key: command,
        icon,
        label: words,
        note: <KeysOf command={command} />,
        run: () => runCommand(command),
      }));
  const found = tasks.map((task) => foundEntry(task, today));
  if (query.trim() !== '') found.push(searchEntry(query.trim()));
  return (
    <CommandList
      open={open}
      onClose={onClose}
      title="Find anything"
      placeholder="Find a task, a list or a command"
      groups={[
        { label: subject ?? '', items: subject === null ? [] : commands(['Change', 'Select']) },
        { label: 'Go to', items: places },
        { label: 'Commands', items: commands(['Everywhere']) },
        { label: searching ? 'Tasks, searching…' : 'Tasks', items: found },
      ]}
      query={query}
      onQuery={setQuery}
      empty="Nothing is called so"
      finalFocus={focusAfterOverlay}
    />
  );
}

/** What a change would be for. */
function useSubject(): string | null {
  const client = useQueryClient();
  const rows = rowsOf(client, targetsOf(useSelection()));
  const [only] = rows;
  if (rows.length > 1) return `${rows.length} selected tasks`;
  return only ? `“${only.title}”` : null;
}

function usePlaces(query: string): Entry[] {
  const filters = useFilters().data ?? [];
  const tags = useTags().data ?? [];
  return placesFor(query, filters, tags).map(({ words, icon, href, command }) => ({
    key: href,
    icon,
    label: words,
    note: command && <KeysOf command={command} />,
    run: () => navigate(href),
  }));
}

function foundEntry(task: TaskRow, today: string): Entry {
  return {
    key: task.id,
    icon: isOpen(task) ? 'notes' : 'check',
    label: task.highlights?.title ? <Marked highlight={task.highlights.title} /> : task.title,
    note: isOpen(task) ? dueInWords(task, today) : STATUS_WORDS[task.status],
    run: () => {
      const { pathname, search } = globalThis.location;
      // Beside the list that is shown; where none is, beside all.
      const isList = routeOf(pathname).kind === 'list';
      navigate(isList ? panelHref(pathname, search, task.id) : panelHref('/all', '', task.id));
    },
  };
}

function searchEntry(words: string): Entry {
  return {
    key: 'search-all',
    icon: 'search',
    label: `Search all tasks for “${words}”`,
    run: () => navigate(`/all?${new URLSearchParams({ q: words }).toString()}`),
  };
}
