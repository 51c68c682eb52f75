import { Suspense, useEffect } from 'react';

import { part } from '../components/part';
import { closeOverlay, useOverlay, type Overlay } from './overlay';

const load = {
  palette: () => import('../views/palette/Palette'),
  change: () => import('../views/change/ChangeDialog'),
  refused: () => import('../views/change/RefusedDialog'),
  taskMenu: () => import('../views/change/TaskMenu'),
  keys: () => import('../views/keys/KeysDialog'),
  import: () => import('../views/files/ImportDialog'),
  export: () => import('../views/files/ExportDialog'),
  saveFilter: () => import('../views/filters/SaveFilterDialog'),
  renameFilter: () => import('../views/filters/RenameFilterDialog'),
};

const Palette = part(load.palette);
const ChangeDialog = part(load.change);
const RefusedDialog = part(load.refused);
const TaskMenu = part(load.taskMenu);
const KeysDialog = part(load.keys);
const ImportDialog = part(load.import);
const ExportDialog = part(load.export);
const SaveFilterDialog = part(load.saveFilter);
const RenameFilterDialog = part(load.renameFilter);

/** What a key opens is loaded when the page has come to rest, so that it is there when the key is pressed. */
const REST_MS = 2000;

function loadAhead() {
  void Promise.allSettled([load.palette(), load.change(), load.taskMenu()]);
}

/** What lies above the page. */
export function Overlays() {
  const { overlay, open, turn } = useOverlay();
  useEffect(() => {
    const timer = setTimeout(loadAhead, REST_MS);
    return () => clearTimeout(timer);
  }, []);
  if (overlay === null) return null;
  return <Suspense>{shown(overlay, { key: turn, open, onClose: () => closeOverlay(turn) })}</Suspense>;
}

function shown(overlay: Overlay, { key, ...control }: { key: number; open: boolean; onClose: () => void }) {
  switch (overlay.kind) {
    case 'palette':
      return <Palette key={key} {...control} />;
    case 'keys':
      return <KeysDialog key={key} {...control} />;
    case 'import':
      return <ImportDialog key={key} {...control} />;
    case 'export':
      return <ExportDialog key={key} {...control} />;
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
