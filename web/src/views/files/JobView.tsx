import { useState } from 'react';

import { Button } from '../../components/Button';
import { saveText } from '../../files/exportTasks';
import { chooseKind, isOver, stopImport, type Job, type OnEnd } from '../../files/imports';
import { KIND_WORDS, KINDS, type Kind } from '../../files/kinds';
import { asText, inWords, type Remark } from '../../files/report';
import css from './ImportDialog.module.css';

/** How far the import of a file is, or what came of it. */
export function JobView({ job, onEnd }: { job: Job; onEnd: OnEnd }) {
  const { id, file, state, report, fraction } = job;
  return (
    <>
      <h3 className={css.name}>{file.name}</h3>
      {state === 'asking' && <KindChoice name={file.name} onChoose={(kind) => chooseKind(id, kind, onEnd)} />}
      {!isOver(state) && state !== 'asking' && (
        <div className={css.progress}>
          <progress aria-label={`Import of ${file.name}`} value={fraction} />
          <Button onClick={() => stopImport(id)}>Stop</Button>
        </div>
      )}
      <p className={css.counts}>
        {state === 'waiting' ? 'Waits for its turn' : state === 'asking' ? '' : inWords(report)}
        {state === 'stopped' && '; stopped before its end'}
      </p>
      {job.failure !== null && (
        <p role="alert" className={css.failure}>
          {job.failure}
        </p>
      )}
      {isOver(state) && <Remarks job={job} />}
    </>
  );
}

/** What a file is that does not say so. */
function KindChoice({ name, onChoose }: { name: string; onChoose: (kind: Kind) => void }) {
  const [kind, setKind] = useState<Kind>('jsonl');
  return (
    <form
      className={css.kind}
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(kind);
      }}
    >
      <label>
        What is it?
        <select
          aria-label={`What ${name} is`}
          value={kind}
          onChange={({ target }) => setKind(target.value as Kind)}
        >
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {KIND_WORDS[one]}
            </option>
          ))}
        </select>
      </label>
      <Button type="submit" look="primary">
        Import
      </Button>
    </form>
  );
}

/** Of more remarks than these, all are in the file that can be saved. */
const SHOWN = 200;

function Remarks({ job: { file, report } }: { job: Job }) {
  const leftOut = report.leftOut.map<Remark>(({ what, count }) => ({ place: what, words: String(count) }));
  const lists = [
    { title: 'Refused', remarks: report.refused, isOpen: true },
    { title: 'Not carried', remarks: report.lost, isOpen: false },
    { title: 'Left out', remarks: leftOut, isOpen: false },
  ].filter(({ remarks }) => remarks.length > 0);
  if (lists.length === 0) return null;
  return (
    <>
      {lists.map(({ title, remarks, isOpen }) => (
        <details key={title} open={isOpen} className={css.remarks}>
          <summary>
            {title} <span>{remarks.length}</span>
          </summary>
          <ul tabIndex={0} aria-label={`${title}, ${file.name}`}>
            {remarks.slice(0, SHOWN).map(({ place, words }, at) => (
              <li key={at}>
                <strong>{place}</strong> {words}
              </li>
            ))}
            {remarks.length > SHOWN && <li>and {remarks.length - SHOWN} more, in the saved report</li>}
          </ul>
        </details>
      ))}
      <Button onClick={() => saveText(`${file.name}.report.txt`, asText(file.name, report))}>
        Save the report
      </Button>
    </>
  );
}
