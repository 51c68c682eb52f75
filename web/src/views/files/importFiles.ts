import type { QueryClient } from '@tanstack/react-query';

import { isOverlayOpen, openOverlay } from '../../app/overlay';
import { announce } from '../../components/announce';
import { notify } from '../../components/toasts';
import { addFiles, type Job, type OnEnd } from '../../files/imports';
import { inWords } from '../../files/report';
import { readAllAgain } from '../../tasks/cache';

/** What an import comes to shows in the lists, and is told where nobody looks. */
export const onEnd =
  (client: QueryClient): OnEnd =>
  (job) => {
    readAllAgain(client);
    if (isOverlayOpen('import')) announce(`${job.file.name}: ${inWords(job.report)}`);
    else tell(job);
  };

function tell({ file, state, report, failure }: Job): void {
  const isWell = state === 'done' && report.refusedTasks === 0;
  notify({
    title: `${file.name}: ${inWords(report)}`,
    tone: isWell ? 'done' : 'problem',
    description: failure ?? undefined,
    action: { label: 'Report', run: () => openOverlay({ kind: 'import' }) },
  });
}

/** Imports files that were dropped or chosen, and shows how far it is. */
export function importFiles(client: QueryClient, files: readonly File[]): void {
  addFiles(files, onEnd(client));
  if (!isOverlayOpen('import')) openOverlay({ kind: 'import' });
}
