import type { QueryClient } from '@tanstack/react-query';

import { takeReminderBack } from '../../reminders/reminders';
import { undoOperations } from '../../tasks/bulk';
import type { Back } from '../../tasks/back';
import { takeEachBack } from '../../tasks/changeEach';
import { takeManyBack } from '../../tasks/changeMany';
import { takeFilterBack } from '../../tasks/filters';
import { takingBack } from '../../tasks/takeBack';
import { takeEarlier } from '../../tasks/undo';
import { startWrite } from '../../tasks/writes';
import { follow } from '../filters/follow';
import { showRefused } from './showRefused';

/** Takes back the last change that was made in an earlier visit; says whether there was one. */
export function takeBackEarlier(client: QueryClient): boolean {
  const back = takeEarlier();
  if (back !== null) takeBack(client, back);
  return back !== null;
}

function takeBack(client: QueryClient, back: Back): void {
  switch (back.kind) {
    case 'one':
      startWrite(client, takingBack(back.made));
      break;
    case 'many':
      void takeManyBack(client, back.change, back.made, showRefused);
      break;
    case 'each':
      void takeEachBack(client, back.made, showRefused);
      break;
    case 'operations':
      void undoOperations(client, back.operations, back.titles ?? [], showRefused);
      break;
    case 'reminder':
      takeReminderBack(client, back.made);
      break;
    case 'filter':
      void takeFilterBack(client, back.back, follow);
  }
}
