import { navigate } from 'wouter/use-browser-location';

import { focusAfterOverlay } from '../../app/overlay';
import { Button } from '../../components/Button';
import { Dialog } from '../../components/Dialog';
import type { Refusal } from '../../tasks/bulk';
import { usePanel } from '../task/usePanel';
import css from './ChangeDialog.module.css';

interface RefusedDialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  refusals: readonly Refusal[];
}

/** Tells of each task that was left as it is, and why; it can be opened, where its history has what it was before. */
export default function RefusedDialog({ open, onClose, title, refusals }: RefusedDialogProps) {
  const { hrefOf } = usePanel();
  const openIt = (id: string) => () => {
    onClose();
    navigate(hrefOf(id));
  };
  return (
    <Dialog open={open} onClose={onClose} title={title} finalFocus={focusAfterOverlay}>
      <ul className={css.refusals}>
        {refusals.map((refusal, at) => (
          <li key={at}>
            <strong>{refusal.title}</strong>
            <span>{refusal.reason}</span>
            {refusal.id !== null && (
              <Button look="quiet" aria-label={`Open “${refusal.title}”`} onClick={openIt(refusal.id)}>
                Open
              </Button>
            )}
          </li>
        ))}
      </ul>
      <p className={css.hint}>
        The history of a task says who changed what, and can bring back what it was before.
      </p>
      <footer className={css.foot}>
        <Button look="primary" onClick={onClose}>
          Close
        </Button>
      </footer>
    </Dialog>
  );
}
