/** What the palette offers beside tasks. */
import type { Command, Group } from '../../app/keys/table';
import { TABLE } from '../../app/keys/table';
import type { Filter, TagCount } from '../../api/types';
import { hasWords } from '../../components/find';
import type { IconName } from '../../components/Icon';
import { pathOf } from '../list/views';

/** A place to go to. */
export interface PlaceEntry {
  words: string;
  icon: IconName;
  href: string;
  /** The keys that lead there as well. */
  command: Command | null;
}

const PLACES: readonly PlaceEntry[] = [
  { words: 'Today', icon: 'today', href: '/today', command: 'today' },
  { words: 'Upcoming', icon: 'calendar', href: '/upcoming', command: 'upcoming' },
  { words: 'All tasks', icon: 'all', href: '/all', command: 'all' },
  { words: 'Operations', icon: 'gauge', href: '/ops', command: 'ops' },
];

/** Of tags, so many are offered. */
const TAGS_SHOWN = 8;

/** The places whose names have the words. Tags are too many to be offered before anything is typed. */
export function placesFor(
  query: string,
  filters: readonly Filter[],
  tags: readonly TagCount[],
): PlaceEntry[] {
  const saved = filters.map<PlaceEntry>(({ name }) => ({
    words: name,
    icon: 'filter',
    href: pathOf({ kind: 'filter', name }),
    command: null,
  }));
  const tagged = tags
    .toSorted((one, other) => other.count - one.count)
    .map<PlaceEntry>(({ tag }) => ({
      words: tag,
      icon: 'tag',
      href: pathOf({ kind: 'tag', tag }),
      command: null,
    }));
  const isFound = ({ words }: PlaceEntry) => hasWords(`go to ${words}`, query);
  const found = query.trim() === '' ? [] : tagged.filter(isFound).slice(0, TAGS_SHOWN);
  return [...[...PLACES, ...saved].filter(isFound), ...found];
}

const ICONS: Partial<Record<Command, IconName>> = {
  add: 'add',
  search: 'search',
  undo: 'undo',
  import: 'down',
  export: 'up',
  keys: 'keyboard',
  open: 'notes',
  select: 'all',
  selectAll: 'all',
  complete: 'check',
  due: 'calendar',
  priority: 'flag',
  tags: 'tag',
  delete: 'trash',
};

/** Commands of some groups, in their order, whose words have the query's. Those without an icon are of use by their keys alone. */
export function commandsFor(
  query: string,
  groups: readonly Group[],
): { command: Command; words: string; icon: IconName }[] {
  return groups.flatMap((group) =>
    TABLE.flatMap(({ command, group: own, words }) => {
      const icon = ICONS[command];
      return icon && own === group && hasWords(words, query) ? [{ command, words, icon }] : [];
    }),
  );
}
