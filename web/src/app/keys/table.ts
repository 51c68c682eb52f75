/** The keys of the page. What is bound, what `?` shows and what menus say beside their items all come from here. */

export type Command =
  | 'keys'
  | 'palette'
  | 'add'
  | 'search'
  | 'undo'
  | 'import'
  | 'export'
  | 'today'
  | 'upcoming'
  | 'all'
  | 'ops'
  | 'next'
  | 'previous'
  | 'first'
  | 'last'
  | 'open'
  | 'leave'
  | 'select'
  | 'selectNext'
  | 'selectPrevious'
  | 'selectAll'
  | 'complete'
  | 'due'
  | 'priority'
  | 'tags'
  | 'delete';

export type Group = 'Everywhere' | 'Move' | 'Select' | 'Change';

export interface Binding {
  command: Command;
  group: Group;
  /** What it does. */
  words: string;
  /**
   * Each of these does it: a chord such as `x`, `Shift+j` or `Mod+k` (`Mod` is Ctrl, or ⌘ on a Mac), or chords one after the other:
   * `g t`.
   */
  keys: readonly string[];
  /** Where a key is held down it is done again and again. */
  repeats?: true;
  /** It is done from fields and dialogs too. */
  always?: true;
}

export const TABLE: readonly Binding[] = [
  { command: 'palette', group: 'Everywhere', words: 'Find anything', keys: ['Mod+k'], always: true },
  { command: 'add', group: 'Everywhere', words: 'Add a task', keys: ['q'] },
  { command: 'search', group: 'Everywhere', words: 'Search this list', keys: ['/'] },
  { command: 'undo', group: 'Everywhere', words: 'Undo the last change', keys: ['z', 'Mod+z'] },
  { command: 'import', group: 'Everywhere', words: 'Import files', keys: ['i'] },
  { command: 'export', group: 'Everywhere', words: 'Export all tasks', keys: ['Shift+e'] },
  { command: 'today', group: 'Everywhere', words: 'Go to Today', keys: ['g t'] },
  { command: 'upcoming', group: 'Everywhere', words: 'Go to Upcoming', keys: ['g u'] },
  { command: 'all', group: 'Everywhere', words: 'Go to All tasks', keys: ['g a'] },
  { command: 'ops', group: 'Everywhere', words: 'Go to Operations', keys: ['g o'] },
  { command: 'keys', group: 'Everywhere', words: 'Show the keys', keys: ['?'] },
  { command: 'next', group: 'Move', words: 'Next task', keys: ['j', 'ArrowDown'], repeats: true },
  { command: 'previous', group: 'Move', words: 'Previous task', keys: ['k', 'ArrowUp'], repeats: true },
  { command: 'first', group: 'Move', words: 'First task', keys: ['Home', 'g g'] },
  { command: 'last', group: 'Move', words: 'Last loaded task', keys: ['End', 'Shift+g'] },
  { command: 'open', group: 'Move', words: 'Open the task', keys: ['Enter', 'o'] },
  { command: 'leave', group: 'Move', words: 'Select nothing, or close the task', keys: ['Escape'] },
  { command: 'select', group: 'Select', words: 'Select the task, or not', keys: ['x'] },
  {
    command: 'selectNext',
    group: 'Select',
    words: 'Select the next one too',
    keys: ['Shift+j', 'Shift+ArrowDown'],
    repeats: true,
  },
  {
    command: 'selectPrevious',
    group: 'Select',
    words: 'Select the one before too',
    keys: ['Shift+k', 'Shift+ArrowUp'],
    repeats: true,
  },
  { command: 'selectAll', group: 'Select', words: 'Select all that is loaded', keys: ['Mod+a'] },
  { command: 'complete', group: 'Change', words: 'Complete, or open again', keys: ['e', 'Space'] },
  { command: 'due', group: 'Change', words: 'Due date', keys: ['d'] },
  { command: 'priority', group: 'Change', words: 'Priority', keys: ['p'] },
  { command: 'tags', group: 'Change', words: 'Tags', keys: ['t'] },
  { command: 'delete', group: 'Change', words: 'Delete', keys: ['Delete', 'Backspace'] },
];

/** The binding of a command. */
export function bindingOf(command: Command): Binding {
  const binding = TABLE.find((one) => one.command === command);
  if (!binding) throw new Error(`no keys for ${command}`);
  return binding;
}

const KEY_WORDS: Record<string, string> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  Escape: 'Esc',
  Delete: 'Del',
  Backspace: '⌫',
};

/** The keys of a chord or of several, as they are written on them. */
export function keysInWords(keys: string, mac: boolean): string[] {
  return keys
    .split(/[ +]/)
    .map((key) => (key === 'Mod' ? (mac ? '⌘' : 'Ctrl') : (KEY_WORDS[key] ?? key)))
    .map((key) => (key.length === 1 ? key.toUpperCase() : key));
}
