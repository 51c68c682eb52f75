import { Suspense } from 'react';

import { part } from '../../components/part';
import { questionOf, useConflicts } from '../../tasks/conflicts';

const ConflictDialog = part(() => import('./ConflictDialog'));

/** Edits on top of somebody else's, one after the other, wherever they were made. */
export function Conflicts() {
  const [first] = useConflicts();
  if (!first) return null;
  return (
    <Suspense>
      <ConflictDialog key={questionOf(first)} conflict={first} />
    </Suspense>
  );
}
