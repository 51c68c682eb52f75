import { Suspense, useEffect } from 'react';

import { useCommands } from '../../app/keys/commands';
import { useQuickAdd } from '../../app/quickAdd';
import { pageIsShown } from '../../app/whenIdle';
import { part } from '../../components/part';
import { DeadLettersSection } from './DeadLetters';
import { DeliveriesSection } from './Deliveries';
import { EventsSection } from './Events';
import css from './OpsPage.module.css';
import { ProjectionsSection } from './Projections';
import { TimersSection } from './Timers';
import { useQuestion } from './useQuestion';

const Confirm = part(() => import('./Confirm'));

/** The page for operators: the insides of the service at a glance. Each part reads for itself, and fails for itself. */
export default function OpsPage() {
  const { question, open, ask, close } = useQuestion();
  const quickAdd = useQuickAdd();
  useCommands({ add: () => quickAdd.open() });
  useEffect(() => {
    document.title = 'Operations · Tasklog';
    pageIsShown();
  }, []);
  return (
    <div className={css.page}>
      <div className={css.measure}>
        <h1 className={css.title}>Operations</h1>
        <ProjectionsSection ask={ask} />
        <DeadLettersSection ask={ask} />
        <TimersSection />
        <DeliveriesSection />
        <EventsSection />
      </div>
      {question && (
        <Suspense>
          <Confirm question={question} open={open} onClose={close} />
        </Suspense>
      )}
    </div>
  );
}
