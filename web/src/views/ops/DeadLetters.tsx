import { api, dataOf } from '../../api/client';
import type { DeadLetter } from '../../api/types';
import { Button } from '../../components/Button';
import { More, useLimit } from './More';
import { useDeadLetters } from './queries';
import { Record } from './Record';
import css from './Rows.module.css';
import { Nothing, Section } from './Section';
import { StreamLink } from './StreamLink';
import { TraceLink } from './TraceLink';
import { Unfold } from './Unfold';
import { useDeed } from './useDeed';
import type { Ask } from './useQuestion';
import { fromNow } from './words';

/** The records that could not be applied, and what can be done about them. */
export function DeadLettersSection({ ask }: { ask: Ask }) {
  const { limit, showMore } = useLimit();
  const read = useDeadLetters(limit);
  return (
    <Section
      title="Dead letters"
      hint="Records that a projection could not apply, and those of the same stream that wait behind them."
      read={read}
    >
      {({ items, more }) =>
        items.length === 0 ? (
          <Nothing>No record is parked.</Nothing>
        ) : (
          <>
            <ul className={css.rows}>
              {items.map((letter) => (
                <Letter key={letter.id} letter={letter} now={read.dataUpdatedAt} ask={ask} />
              ))}
            </ul>
            <More more={more} limit={limit} onMore={showMore} />
          </>
        )
      }
    </Section>
  );
}

/** A stream is named by its tenant and the id of what it is of. */
const idOf = (stream: string) => stream.slice(stream.indexOf('/') + 1);

function Letter({ letter, now, ask }: { letter: DeadLetter; now: number; ask: Ask }) {
  const { id, projection, stream, error, topic, partition, offset } = letter;
  const { start, busy } = useDeed();
  const path = { params: { path: { id } } };
  const which = `record ${topic}/${partition}@${offset} in ${projection}`;
  const retry = () =>
    start({ run: () => dataOf(api.POST('/dead-letters/{id}/retry', path)), done: 'The record is applied' });
  const drop = () =>
    ask({
      title: 'Drop this record?',
      text: `The projection ${projection} goes on without this event for good, and with what waits behind it. The event stays in the log. There is no way back: to apply it after all, try it again instead.`,
      action: 'Drop the record',
      run: () =>
        start({ run: () => dataOf(api.DELETE('/dead-letters/{id}', path)), done: 'The record is dropped' }),
    });
  const line = (
    <>
      <strong className={css.error}>{error}</strong>
      <span className={css.soft}>
        {projection}, {topic}/{partition}@{offset}, parked {fromNow(letter.parked_at, now)}
      </span>
    </>
  );
  const tools = (
    <>
      <Button onClick={retry} disabled={busy}>
        Retry<span className="visually-hidden"> {which}</span>
      </Button>
      <Button look="quiet" icon="trash" onClick={drop} disabled={busy}>
        Drop<span className="visually-hidden"> {which}</span>
      </Button>
    </>
  );
  return (
    <Unfold line={line} tools={tools}>
      {() => (
        <>
          <p className={css.links}>
            {stream != null && <StreamLink id={idOf(stream)} />}
            <TraceLink traceparent={letter.traceparent} />
          </p>
          <Record label={`The ${which}`} text={letter.record} />
        </>
      )}
    </Unfold>
  );
}
