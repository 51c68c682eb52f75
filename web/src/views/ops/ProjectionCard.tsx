import { api, dataOf } from '../../api/client';
import type { Projection } from '../../api/types';
import { Button } from '../../components/Button';
import { WINDOW_MS, type Sample } from './lags';
import css from './Projections.module.css';
import { Position } from './Position';
import { RebuildProgress } from './RebuildProgress';
import { Sparkline } from './Sparkline';
import { useDeed } from './useDeed';
import type { Ask } from './useQuestion';
import { countInWords, secondsInWords } from './words';

/** Lags as small as these are of every day, and look so. */
const USUAL_EVENTS = 10;
const USUAL_SECONDS = 1;

/** The index keeps its generations in the query processes, and nobody knows of all whether they have one. */
const SEARCH = 'search';

interface ProjectionCardProps {
  projection: Projection;
  samples: readonly Sample[];
  now: number;
  ask: Ask;
}

/** A projection. */
export function ProjectionCard({ projection, samples, now, ask }: ProjectionCardProps) {
  const { name, generation, rebuild } = projection;
  const { start, busy } = useDeed();
  const path = { params: { path: { name } } };
  const kept = projection.generations?.find(({ role }) => role === 'kept');
  const begin = () =>
    start({
      run: () => dataOf(api.POST('/projections/{name}/rebuild', path)),
      done: `The rebuild of ${name} has begun`,
    });
  const cancel = () =>
    ask({
      title: `Cancel the rebuild of ${name}?`,
      text: 'What has been read so far is thrown away. The generation that serves goes on as it is.',
      action: 'Cancel the rebuild',
      run: () =>
        start({
          run: () => dataOf(api.DELETE('/projections/{name}/rebuild', path)),
          done: `The rebuild of ${name} is cancelled`,
        }),
    });
  const rollBack = () =>
    ask({
      title: `Roll ${name} back?`,
      text: `${kept ? `Generation ${kept.generation}` : 'The generation'} that served before the last rebuild catches up with the log, and then answers in the place of the one that serves now.`,
      action: 'Roll back',
      run: () =>
        start({
          run: () => dataOf(api.POST('/projections/{name}/rollback', path)),
          done: `${name} goes back to the generation before`,
        }),
    });
  const chart = { now, windowMs: WINDOW_MS };
  const isRebuilt = rebuild != null;
  return (
    <article className={css.card} aria-label={name}>
      <header className={css.name}>
        <h3>{name}</h3>
        {generation != null && <span>generation {generation}</span>}
      </header>
      <Sparkline
        {...chart}
        label="Events behind"
        points={samples.map(({ at, events }) => ({ at, value: events }))}
        floor={USUAL_EVENTS}
        inWords={countInWords}
      />
      <Sparkline
        {...chart}
        label="Time behind"
        points={samples.map(({ at, seconds }) => ({ at, value: seconds }))}
        floor={USUAL_SECONDS}
        inWords={secondsInWords}
      />
      <Position projection={projection} />
      {isRebuilt && <RebuildProgress name={name} rebuild={rebuild} />}
      <footer className={css.actions}>
        {isRebuilt ? (
          <Button onClick={cancel} disabled={busy}>
            Cancel<span className="visually-hidden"> the rebuild of {name}</span>
          </Button>
        ) : (
          <Button onClick={begin} disabled={busy}>
            Rebuild<span className="visually-hidden"> {name}</span>
          </Button>
        )}
        {!isRebuilt && (kept !== undefined || name === SEARCH) && (
          <Button look="quiet" icon="history" onClick={rollBack} disabled={busy}>
            Roll back<span className="visually-hidden"> {name}</span>
          </Button>
        )}
      </footer>
    </article>
  );
}
