import { memo } from 'react';

import type { EventRow } from './eventRows';
import { Record } from './Record';
import css from './Rows.module.css';
import { StreamLink } from './StreamLink';
import { TaskLink } from './TaskLink';
import { TraceLink } from './TraceLink';
import { Unfold } from './Unfold';
import { clockInWords } from './words';

/** An event. */
export const EventLine = memo(function EventLine({ row }: { row: EventRow }) {
  const { name, subject, sequence, actor, time } = row;
  const line = (
    <>
      <time className={css.soft} dateTime={time}>
        {time !== '' && clockInWords(time)}
      </time>
      <strong>{name}</strong>
      <span className={css.soft}>
        {subject} version {sequence}, by {actor}
      </span>
    </>
  );
  return (
    <Unfold line={line}>
      {() => (
        <>
          <p className={css.links}>
            <StreamLink id={subject} />
            {name.startsWith('task.') && <TaskLink id={subject} />}
            <TraceLink traceparent={row.traceparent} />
          </p>
          <Record label={`Event ${sequence} of ${subject}`} text={row.text} />
        </>
      )}
    </Unfold>
  );
});
