import type { ParsedQuickTask, Part } from '../../api/types';
import type { Day } from '../../time/day';
import { dueFieldsInWords } from '../task/changes';
import css from './QuickAdd.module.css';

const KINDS: Record<Part['kind'], string> = {
  due: 'due',
  recurrence: 'again',
  priority: 'priority',
  tag: 'tag',
  reminder: 'reminder',
};

/** What a piece says: what it was read as, or, where that is for machines, as it was written. */
function saidBy({ kind, text, read_as }: Part, { task }: ParsedQuickTask, today: Day): string {
  if (kind === 'due') return dueFieldsInWords({ due_date: task.due_date, due_at: task.due_at }, today);
  return kind === 'tag' || kind === 'priority' ? read_as : text;
}

/** What a line would make, beside its marks: to see how it was read, and read out. */
export function Understood({ parsed, today }: { parsed: ParsedQuickTask; today: Day }) {
  const said = parsed.understood.map((part) => `${KINDS[part.kind]}\n${saidBy(part, parsed, today)}`);
  // Pieces that only together say when it is due say so once.
  const once = [...new Set(said)].map((one) => one.split('\n'));
  return (
    <>
      <p role="status" className="visually-hidden">
        Understood: {once.map((one) => one.join(' ')).join(', ')}
      </p>
      <dl className={css.hints} data-understood aria-hidden="true">
        {once.map(([kind, words]) => (
          <div key={`${kind} ${words}`}>
            <dt>{kind}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
