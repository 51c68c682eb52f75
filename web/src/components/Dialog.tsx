import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

import css from './Dialog.module.css';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  /** What it is for; read out, and shown unless `bare`. */
  title: string;
  /** Where it comes up: in the middle, or as a drawer from the left. */
  place?: 'middle' | 'left';
  bare?: boolean;
  /** Where the focus goes when it is closed; without it, back to where it came from. */
  finalFocus?: () => HTMLElement | boolean;
  children: ReactNode;
}

/** A window above the page that has the keyboard until it is closed. */
export function Dialog({
  open,
  onClose,
  title,
  place = 'middle',
  bare = false,
  finalFocus,
  children,
}: DialogProps) {
  return (
    <Base.Root
      open={open}
      onOpenChange={(opened) => {
        if (!opened) onClose();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className={css.backdrop} />
        <Base.Popup className={css.popup} data-place={place} finalFocus={finalFocus}>
          <Base.Title className={bare ? 'visually-hidden' : css.title}>{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
