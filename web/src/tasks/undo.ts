import { notify, type Notice } from '../components/toasts';

interface Undoable {
  run: () => void;
  /** Takes its toast away. */
  close: () => void;
}

/** So many changes can be taken back by the key, one after the other; those before are in the history of their tasks. */
const KEPT_MAX = 100;

let changes: Undoable[] = [];

/** Tells of a change by a toast that takes it back; the key for that does the same, also when the toast is gone. */
export function offerUndo(notice: Pick<Notice, 'title' | 'description'>, run: () => void): void {
  const takeBack = () => {
    changes = changes.filter((other) => other !== change);
    run();
  };
  const close = notify({ ...notice, action: { label: 'Undo', run: takeBack } });
  const change: Undoable = { run: takeBack, close };
  changes = [...changes, change].slice(-KEPT_MAX);
}

/** Takes back the last change that was made here and is not taken back yet; says whether there was one. */
export function undoLast(): boolean {
  const last = changes.at(-1);
  if (!last) return false;
  last.close();
  last.run();
  return true;
}
