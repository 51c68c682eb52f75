/** Where the stream begins: after what the first answers showed, so that nothing falls between them and it. */
import { api } from '../api/client';
import { consistency, mergeTokens } from '../api/consistency';

const REMINDERS = 'reminders/';
/** A view that reads no tasks has nothing to miss. */
const PATIENCE_MS = 3_000;

/** The place as a token; empty, which is from now on, where nothing is known. */
export async function firstPlace(): Promise<string> {
  const pause = new Promise<void>((go) => setTimeout(go, PATIENCE_MS));
  await Promise.race([consistency.firstShown, pause]);
  if (consistency.shown() === '') return '';
  const reminders = await api.GET('/reminders', { params: { query: { limit: 1 } } });
  const token = reminders.response.headers.get('Consistency-Token') ?? '';
  // Another answer may have come meanwhile that shows less; where it shows nothing, nothing is known of tasks.
  const shown = consistency.shown();
  return shown === '' ? '' : placeOf(shown, token);
}

/** Of tasks what the one answer showed, of reminders what the other did. */
export function placeOf(tasks: string, reminders: string): string {
  const only = (token: string, ofReminders: boolean) =>
    token
      .split(',')
      .filter((part) => part.startsWith(REMINDERS) === ofReminders)
      .join(',');
  return mergeTokens(only(tasks, false), only(reminders, true));
}
