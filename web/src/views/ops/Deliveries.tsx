import type { DeliveryTrouble, TroubledDelivery } from '../../api/types';
import { More, useLimit } from './More';
import { useDeliveries } from './queries';
import css from './Rows.module.css';
import { Nothing, Section } from './Section';
import { StreamLink } from './StreamLink';
import { TaskLink } from './TaskLink';
import { TraceLink } from './TraceLink';
import { Unfold } from './Unfold';
import { useOpsSearch } from './useOpsSearch';
import { fromNow } from './words';

interface Choice {
  outcome: DeliveryTrouble | null;
  words: string;
  /** What is said where there is none. */
  none: string;
}

const CHOICES: readonly Choice[] = [
  { outcome: null, words: 'Both', none: 'Every delivery went well.' },
  { outcome: 'failing', words: 'Tried again', none: 'No delivery is tried again.' },
  { outcome: 'failed', words: 'Failed', none: 'No delivery was given up.' },
];

/** Reminders that rang and did not reach who they are for. */
export function DeliveriesSection() {
  const [{ outcome }, change] = useOpsSearch();
  const { limit, showMore } = useLimit();
  const read = useDeliveries(outcome, limit);
  const tools = (
    <div role="group" aria-label="Which deliveries" className={css.choices}>
      {CHOICES.map((choice) => (
        <button
          key={choice.words}
          type="button"
          aria-pressed={choice.outcome === outcome}
          onClick={() => change({ outcome: choice.outcome })}
        >
          {choice.words}
        </button>
      ))}
    </div>
  );
  return (
    <Section
      title="Deliveries in trouble"
      hint="Reminders that rang and could not be delivered: tried again, or given up."
      read={read}
      tools={tools}
    >
      {({ items, more }) =>
        items.length === 0 ? (
          <Nothing>{CHOICES.find((choice) => choice.outcome === outcome)?.none}</Nothing>
        ) : (
          <>
            <ul className={css.rows}>
              {items.map((delivery) => (
                <DeliveryLine key={delivery.id} delivery={delivery} now={read.dataUpdatedAt} />
              ))}
            </ul>
            <More more={more} limit={limit} onMore={showMore} />
          </>
        )
      }
    </Section>
  );
}

function DeliveryLine({ delivery, now }: { delivery: TroubledDelivery; now: number }) {
  const { title, channel, attempts, outcome, detail, next_attempt_at, last_attempt_at } = delivery;
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  const next = next_attempt_at === null ? ', being tried' : `, again ${fromNow(next_attempt_at, now)}`;
  const line = (
    <>
      <strong>{title}</strong>
      <span className={outcome === 'failed' ? css.error : css.soft}>
        {detail ?? 'It could not be delivered'}
      </span>
      <span className={css.soft}>
        {channel}, {outcome === 'failed' ? 'failed' : 'failing'} after {tries}
        {outcome === 'failing' && next}
      </span>
    </>
  );
  return (
    <Unfold line={line}>
      {() => (
        <>
          <dl className={css.facts}>
            <dt>Delivery</dt>
            <dd>{delivery.id}</dd>
            <dt>Reminder</dt>
            <dd>{delivery.reminder_id}</dd>
            <dt>Rang</dt>
            <dd>{fromNow(delivery.created_at, now)}</dd>
            <dt>Last attempt</dt>
            <dd>{last_attempt_at === null ? 'none' : fromNow(last_attempt_at, now)}</dd>
          </dl>
          <p className={css.links}>
            <TaskLink id={delivery.task_id} />
            <StreamLink id={delivery.reminder_id} />
            <TraceLink traceparent={delivery.traceparent} />
          </p>
        </>
      )}
    </Unfold>
  );
}
