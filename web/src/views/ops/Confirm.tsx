import { Button } from '../../components/Button';
import { Dialog } from '../../components/Dialog';
import css from './Confirm.module.css';

/** What is asked before something is done that cannot be taken back at once. */
export interface Question {
  title: string;
  /** What it means. */
  text: string;
  /** What the button says that does it. */
  action: string;
  run: () => void;
}

interface ConfirmProps {
  /** It stays while the dialog goes. */
  question: Question | null;
  open: boolean;
  onClose: () => void;
}

/** Asks first. The focus is on the button that does nothing. */
export default function Confirm({ question, open, onClose }: ConfirmProps) {
  if (question === null) return null;
  const act = () => {
    onClose();
    question.run();
  };
  return (
    <Dialog open={open} onClose={onClose} title={question.title}>
      <p className={css.text}>{question.text}</p>
      <footer className={css.foot}>
        <Button onClick={onClose}>Leave it</Button>
        <Button className={css.danger} onClick={act}>
          {question.action}
        </Button>
      </footer>
    </Dialog>
  );
}
