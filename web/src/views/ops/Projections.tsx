import { Nothing, Section } from './Section';
import { ProjectionCard } from './ProjectionCard';
import css from './Projections.module.css';
import { useProjections } from './queries';
import type { Ask } from './useQuestion';

/** How far each view of the log is, and what can be done about it. */
export function ProjectionsSection({ ask }: { ask: Ask }) {
  const read = useProjections();
  return (
    <Section
      title="Projections"
      hint="Views that are built from the log: how far each is, and for how long what it has not passed yet has waited."
      read={read}
    >
      {({ items, lags }) =>
        items.length === 0 ? (
          <Nothing>Nothing is known of any projection yet.</Nothing>
        ) : (
          <ul className={css.cards}>
            {items.map((projection) => (
              <li key={projection.name}>
                <ProjectionCard
                  projection={projection}
                  samples={lags[projection.name] ?? []}
                  now={read.dataUpdatedAt}
                  ask={ask}
                />
              </li>
            ))}
          </ul>
        )
      }
    </Section>
  );
}
