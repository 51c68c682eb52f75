import type { Recurrence, Task } from '../../api/types';
import { useRecurrencePreview } from '../../tasks/useRecurrencePreview';
import type { Day } from '../../time/day';
import { dueFieldsInWords } from './changes';
import css from './Fields.module.css';

interface RepeatPreviewProps {
  pattern: Recurrence;
  /** When the first one is due. */
  start: Pick<Task, 'due_date' | 'due_at' | 'time_zone'>;
  today: Day;
}

/** What a rule will do, in words, and the next dates. */
export function RepeatPreview({
  pattern,
  start: { due_date, due_at, time_zone },
  today,
}: RepeatPreviewProps) {
  const request = pattern.rrule === '' ? null : { recurrence_pattern: pattern, due_date, due_at, time_zone };
  const { data, error } = useRecurrencePreview(request);
  if (error?.status === 422) {
    return <p className={css.preview}>{error.errors[0]?.detail ?? error.message}</p>;
  }
  if (!data) return null;
  return (
    <div className={css.preview} role="status">
      {data.words}
      <ol aria-label="The next dates">
        {data.next.map((due) => (
          <li key={due.due_date ?? due.due_at}>{dueFieldsInWords(due, today)}</li>
        ))}
      </ol>
    </div>
  );
}
