/** The buttons of the filter bar: what each is about, and what it says. */
import type { IconName } from '../../components/Icon';
import type { Day } from '../../time/day';
import { dayInWords } from '../../time/words';
import type { ListSearch } from './search';
import type { ListView } from './views';
import { PRIORITY_WORDS, SORT_WORDS, STATUS_WORDS } from './words';

export interface Chip {
  key: 'status' | 'priority' | 'tags' | 'due' | 'sort';
  icon: IconName;
  /** What is chosen, or what it is about where nothing is. */
  words: string;
  isSet: boolean;
}

/** The buttons of a view. */
export function chipsOf(view: ListView, search: ListSearch, today: Day): Chip[] {
  const chip = (key: Chip['key'], icon: IconName, name: string, chosen: string): Chip => ({
    key,
    icon,
    words: chosen || name,
    isSet: chosen !== '',
  });
  const chips = [
    chip('status', 'check', 'Status', statusWords(search.status)),
    chip('priority', 'flag', 'Priority', search.priority.map((one) => PRIORITY_WORDS[one]).join(', ')),
    chip('tags', 'tag', 'Tags', search.tag.join(', ')),
  ];
  if (!view.ownDays) chips.push(chip('due', 'calendar', 'Due', dueWords(search, today)));
  return [...chips, chip('sort', 'sort', 'Sort', search.sort === null ? '' : SORT_WORDS[search.sort])];
}

function statusWords(status: ListSearch['status']): string {
  return status === 'any' ? 'Any status' : (status ?? []).map((one) => STATUS_WORDS[one]).join(', ');
}

function dueWords({ dueFrom, dueTo, overdue, undated }: ListSearch, today: Day): string {
  if (undated) return 'No due date';
  if (overdue) return 'Overdue';
  const from = dueFrom && dayInWords(dueFrom, today);
  const to = dueTo && dayInWords(dueTo, today);
  if (from !== null && from === to) return `Due ${from}`;
  if (from !== null && to !== null) return `Due ${from} – ${to}`;
  if (from !== null) return `Due from ${from}`;
  return to === null ? '' : `Due until ${to}`;
}
