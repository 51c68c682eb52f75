import { Suspense, useState, type ReactNode } from 'react';

import { Announcer } from '../components/announce';
import { IconButton } from '../components/Button';
import { part } from '../components/part';
import { PlainToast } from '../components/PlainToast';
import { firstToast } from '../components/toasts';
import { Conflicts } from '../views/task/Conflicts';
import { usePanel } from '../views/task/usePanel';
import { Overlays } from './Overlays';
import { PageCommands } from './PageCommands';
import css from './Shell.module.css';
import { Sidebar } from './Sidebar';
import { PHONE, useMediaQuery } from './useMediaQuery';
import { idle } from './whenIdle';

const Dialog = part(async () => ({ default: (await import('../components/Dialog')).Dialog }));
const Live = part(async () => {
  // The stream begins after what the first list showed.
  await idle();
  // What is added while the server is away needs quick add: it is there before anything comes by the stream.
  const [live] = await Promise.all([
    import('../views/live/Live'),
    import('../views/add/QuickAdd').catch(() => undefined),
  ]);
  return live;
});
const TaskPanel = part(() => import('../views/task/TaskPanel'));
const ToastRegion = part(async () => {
  await Promise.race([firstToast, idle()]);
  return import('../components/ToastRegion');
}, PlainToast);

/** What stands around every view: the places, the panel, toasts, and what is read out. */
export function Shell({ children }: { children: ReactNode }) {
  const phone = useMediaQuery(PHONE);
  const panel = usePanel();
  return (
    <div className={css.shell} data-panel={panel.id !== null}>
      <a className={css.skip} href="#main">
        Skip to the list
      </a>
      {phone ? (
        <Drawer />
      ) : (
        <div className={css.side}>
          <Sidebar />
        </div>
      )}
      <main
        id="main"
        tabIndex={-1}
        className={css.main}
        // On a phone the panel is all there is.
        inert={phone && panel.id !== null}
      >
        {children}
      </main>
      {panel.id !== null && (
        <Suspense>
          <div className={css.panel}>
            <TaskPanel key={panel.id} id={panel.id} onClose={panel.close} />
          </div>
        </Suspense>
      )}
      <Conflicts />
      <Suspense>
        <Live />
      </Suspense>
      <PageCommands />
      <Overlays />
      <Suspense>
        <ToastRegion />
      </Suspense>
      <Announcer />
    </div>
  );
}

/** On a phone the places are in a drawer. */
function Drawer() {
  const [open, setOpen] = useState(false);
  const [used, setUsed] = useState(false);
  const show = () => {
    setUsed(true);
    setOpen(true);
  };
  return (
    <>
      <header className={css.menu}>
        <IconButton icon="menu" label="Lists" aria-expanded={open} onClick={show} />
      </header>
      {used && (
        <Suspense>
          <Dialog open={open} onClose={() => setOpen(false)} title="Lists" place="left" bare>
            <Sidebar onLeave={() => setOpen(false)} />
          </Dialog>
        </Suspense>
      )}
    </>
  );
}
