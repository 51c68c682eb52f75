/** What files can be imported, and which of them one is. Only that: what stands in it, the server reads. */

export const KINDS = ['jsonl', 'icalendar', 'csv', 'todoist', 'taskwarrior'] as const;

/** The names that `POST /tasks/import` has for them. */
export type Kind = (typeof KINDS)[number];

export const KIND_WORDS: Record<Kind, string> = {
  jsonl: 'JSON Lines, a task a line',
  icalendar: 'iCalendar',
  csv: 'CSV with a heading for each field',
  todoist: 'CSV of Todoist',
  taskwarrior: 'JSON of Taskwarrior',
};

export const MEDIA_TYPES: Record<Kind, string> = {
  jsonl: 'application/x-ndjson',
  icalendar: 'text/calendar',
  csv: 'text/csv',
  todoist: 'text/csv',
  taskwarrior: 'application/json',
};

/** So much of a file tells what it is. */
export const START_BYTES = 4096;

/** The kind of a file with this name that begins so; `null` where neither says. What it says itself goes before its name. */
export function kindOf(name: string, start: string): Kind | null {
  const text = start.replace(/^\uFEFF/, '').trimStart();
  if (/^BEGIN:VCALENDAR/i.test(text)) return 'icalendar';
  // Our own tasks have a title; those of Taskwarrior have none.
  if (text.startsWith('[')) return text.includes('"title"') ? null : 'taskwarrior';
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (text.startsWith('{')) {
    const has = (name: string) => line.includes(`"${name}"`);
    return has('uuid') && has('description') && !has('title') ? 'taskwarrior' : 'jsonl';
  }
  const headings = line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, '').toLowerCase());
  if (headings.includes('type') && headings.includes('content')) return 'todoist';
  if (headings.includes('title')) return 'csv';
  return kindOfName(name);
}

function kindOfName(name: string): Kind | null {
  switch (/\.([a-z]+)$/.exec(name.toLowerCase().replace(/\.gz$/, ''))?.[1]) {
    case 'ics':
    case 'ical':
    case 'icalendar':
      return 'icalendar';
    case 'csv':
      return 'csv';
    case 'jsonl':
    case 'ndjson':
      return 'jsonl';
    default:
      return null;
  }
}
