import { lazy, Suspense } from 'react';

import { closeOverlay, useOverlay, type Overlay } from './overlay';

const Palette = lazy(() => import('../views/palette/Palette'));
const ChangeDialog = lazy(() => import('../views/change/ChangeDialog'));
const RefusedDialog = lazy(() => import('../views/change/RefusedDialog'));
const TaskMenu = lazy(() => import('../views/change/TaskMenu'));
const KeysDialog = lazy(() => import('../views/keys/KeysDialog'));
const SaveFilterDialog = lazy(() => import('../views/filters/SaveFilterDialog'));
const RenameFilterDialog = lazy(() => import('../views/filters/RenameFilterDialog'));

/** What lies above the page. */
export function Overlays() {
  const { overlay, open, turn } = useOverlay();
  if (overlay === null) return null;
  return <Suspense>{shown(overlay, { key: turn, open, onClose: closeOverlay })}</Suspense>;
}

function shown(overlay: Overlay, { key, ...control }: { key: number; open: boolean; onClose: () => void }) {
  switch (overlay.kind) {
    case 'palette':
      return <Palette key={key} {...control} />;
    case 'keys':
      return <KeysDialog key={key} {...control} />;
    case 'change':
      return <ChangeDialog key={key} {...control} aspect={overlay.aspect} ids={overlay.ids} />;
    case 'taskMenu':
      return <TaskMenu key={key} {...control} x={overlay.x} y={overlay.y} />;
    case 'refused':
      return <RefusedDialog key={key} {...control} title={overlay.title} refusals={overlay.refusals} />;
    case 'saveFilter':
      return <SaveFilterDialog key={key} {...control} place={overlay.place} search={overlay.search} />;
    case 'renameFilter':
      return <RenameFilterDialog key={key} {...control} name={overlay.name} />;
  }
}
