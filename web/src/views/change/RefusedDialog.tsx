import { focusAfterOverlay } from '../../app/overlay';
import { Button } from '../../components/Button';
import { Dialog } from '../../components/Dialog';
import type { Refusal } from '../../tasks/bulk';
import css from './ChangeDialog.module.css';

interface RefusedDialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  refusals: readonly Refusal[];
}

/** Tells of each task that was left as it is, and why. */
export default function RefusedDialog({ open, onClose, title, refusals }: RefusedDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title={title} finalFocus={focusAfterOverlay}>
      <ul className={css.refusals}>
        {refusals.map((refusal, at) => (
          <li key={at}>
            <strong>{refusal.title}</strong>
            <span>{refusal.reason}</span>
          </li>
        ))}
      </ul>
      <footer className={css.foot}>
        <Button look="primary" onClick={onClose}>
          Close
        </Button>
      </footer>
    </Dialog>
  );
}
