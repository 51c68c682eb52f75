import { notify, type Notice } from '../components/toasts';
import { keepBack, KEPT_MAX, keptBacks, takeKept, type Back } from './back';

interface Undoable {
  run: () => void;
  /** Takes its toast away. */
  close: () => void;
}

/** Those of this visit. */
let changes: Undoable[] = [];

/**
 * Tells of a change by a toast that takes it back; the key for that does the same, also when the toast is gone. `back` is what `run` does,
 * as it is kept for a later visit.
 */
export function offerUndo(notice: Pick<Notice, 'title' | 'description'>, back: Back, run: () => void): void {
  const kept = keepBack(back);
  let isTaken = false;
  const takeBack = () => {
    // A toast can be pressed again while it goes.
    if (isTaken) return;
    isTaken = true;
    changes = changes.filter((other) => other !== change);
    takeKept(kept);
    run();
  };
  const close = notify({ ...notice, action: { label: 'Undo', run: takeBack } });
  const change: Undoable = { run: takeBack, close };
  changes = [...changes, change].slice(-KEPT_MAX);
}

/** Takes back the last change that was made in this visit and is not taken back yet; says whether there was one. */
export function undoLast(): boolean {
  const last = changes.at(-1);
  if (!last) return false;
  last.close();
  last.run();
  return true;
}

/** What takes back the last change that this device knows of from an earlier visit or another window; it is given out once. */
export function takeEarlier(): Back | null {
  const [name] = keptBacks();
  return name === undefined ? null : takeKept(name);
}
