import type { Task } from '../../api/types';
import { Button } from '../../components/Button';
import { useTaskAsOf } from '../../tasks/details';
import { FIELDS, restoringPatch, sameField } from '../../tasks/fields';
import { useToday } from '../../time/useToday';
import { FIELD_NAMES, fieldInWords } from './fieldWords';
import css from './History.module.css';
import type { Edit } from './useEdit';

interface TimeMachineProps {
  task: Task;
  /** All versions, oldest first. */
  versions: number[];
  at: number;
  onChange: (version: number) => void;
  edit: Edit;
}

/** A slider back in time: how the task was, and back to there. */
export function TimeMachine({ task, versions, at, onChange, edit }: TimeMachineProps) {
  const last = versions.length - 1;
  const found = versions.indexOf(at);
  // The newest may not be read yet.
  const step = found < 0 ? last : found;
  return (
    <div className={css.machine}>
      <div className={css.slider}>
        <span aria-hidden="true">Back in time</span>
        <input
          type="range"
          aria-label="Back in time"
          min={0}
          max={last}
          value={step}
          aria-valuetext={step === last ? 'Now' : `Version ${at} of ${task.version}`}
          onChange={({ target }) => onChange(versions[target.valueAsNumber] ?? task.version)}
        />
        <output>{step === last ? 'Now' : `Version ${at}`}</output>
      </div>
      {step !== last && (
        <AsItWas
          task={task}
          version={at}
          onRestore={async (then) => {
            if (await edit(restoringPatch(then, task), { occurrences: undefined })) onChange(task.version);
          }}
          onBack={() => onChange(task.version)}
        />
      )}
    </div>
  );
}

interface AsItWasProps {
  task: Task;
  version: number;
  onRestore: (then: Task) => Promise<void>;
  onBack: () => void;
}

/** What was another way then. */
function AsItWas({ task, version, onRestore, onBack }: AsItWasProps) {
  const today = useToday();
  // While a version is on its way, the one before it is still shown.
  const { data: then, error, isPlaceholderData: isComing } = useTaskAsOf(task.id, version);
  if (error)
    return <p className={css.gone}>{error.status === 404 ? 'It was deleted then.' : error.message}</p>;
  if (!then) return null;
  const changed = FIELDS.filter((field) => field !== 'place' && !sameField(field, then, task));
  return (
    <div className={css.then} role="group" aria-label="How it was">
      {changed.length === 0 ? (
        <p>All fields are as they were then.</p>
      ) : (
        <dl>
          {changed.map((field) => (
            <div key={field}>
              <dt>{FIELD_NAMES[field]}</dt>
              <dd>{fieldInWords(field, then, today)}</dd>
            </div>
          ))}
        </dl>
      )}
      <div className={css.actions}>
        <Button
          look="primary"
          disabled={isComing || changed.length === 0}
          onClick={() => void onRestore(then)}
        >
          Restore to there
        </Button>
        <Button look="quiet" onClick={onBack}>
          Back to now
        </Button>
      </div>
    </div>
  );
}
