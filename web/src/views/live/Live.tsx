import { useQueryClient } from '@tanstack/react-query';
import { Suspense, useEffect } from 'react';

import { whenIdle } from '../../app/whenIdle';
import { part } from '../../components/part';
import { useRung } from '../../live/reminders';
import { useTaskUpdates } from '../../live/useTaskUpdates';
import { hearFilterWrites, readyFilterWrites } from '../../tasks/filterWrites';
import { follow } from '../filters/follow';
import { LinkSign } from './LinkSign';

const loadCards = () => import('./ReminderCards');
const ReminderCards = part(loadCards);

/** What keeps the page current, and what shows of it. */
export default function Live() {
  useTaskUpdates();
  const rung = useRung();
  const client = useQueryClient();
  useEffect(() => {
    readyFilterWrites(client, follow);
    return hearFilterWrites(client);
  }, [client]);
  useEffect(() => whenIdle(loadCards, () => import('../task/TaskPanel')), []);
  return (
    <>
      <LinkSign />
      {rung.length > 0 && (
        <Suspense>
          <ReminderCards rung={rung} />
        </Suspense>
      )}
    </>
  );
}
