/** All tasks as a file, which the browser saves. */
import { api, dataOf } from '../api/client';
import { ApiProblem } from '../api/problem';
import { notify } from '../components/toasts';

export type ExportFormat = 'jsonl' | 'csv' | 'ics';

export const EXPORTS: readonly { format: ExportFormat; words: string; note: string }[] = [
  { format: 'jsonl', words: 'JSON Lines', note: 'all there is of each task' },
  { format: 'ics', words: 'iCalendar', note: 'with reminders' },
  { format: 'csv', words: 'Table, CSV', note: 'for spreadsheets' },
];

/** Has the browser save a file; it is written there while it comes. */
export async function exportTasks(format: ExportFormat): Promise<void> {
  try {
    // A link carries no token: once this was answered, what this page wrote is there for it too.
    await dataOf(api.GET('/tasks', { params: { query: { limit: 1 } } }));
  } catch (problem) {
    const description = problem instanceof ApiProblem ? problem.message : undefined;
    notify({ tone: 'problem', title: 'The tasks cannot be exported now', description });
    return;
  }
  save(`/tasks/export?format=${format}`, '');
}

/** Has the browser save what is at a URL; without a name, under that of the answer. */
function save(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

/** Has the browser save a text. */
export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  save(url, name);
  // It is read by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
