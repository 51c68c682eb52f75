import { useEffect, useEffectEvent, useRef, type ReactNode } from 'react';

import { Button } from '../../components/Button';
import css from './SteadyFrame.module.css';
import type { SteadyList } from './useSteady';

interface SteadyFrameProps {
  list: SteadyList;
  /** Tasks are selected, for a change that is to be for them and no others. */
  selecting: boolean;
  children: ReactNode;
}

/** Stands around a list: it notices who is at it, and says what is held back meanwhile. */
export function SteadyFrame({ list, selecting, children }: SteadyFrameProps) {
  const at = useRef({ pointer: false, focus: false, selecting: false });
  const note = (change: Partial<typeof at.current>) => {
    Object.assign(at.current, change);
    list.hold(at.current.pointer || at.current.focus || at.current.selecting);
  };
  const noteSelecting = useEffectEvent(() => note({ selecting }));
  useEffect(() => noteSelecting(), [selecting]);
  return (
    <div
      className={css.frame}
      onPointerEnter={() => note({ pointer: true })}
      onPointerLeave={() => note({ pointer: false })}
      // A press leaves the focus behind; only who works by the keyboard is where the focus is.
      onFocus={({ target }) => note({ focus: target.matches(':focus-visible') })}
      onBlur={() => note({ focus: false })}
    >
      {list.held && (
        <Button className={css.held} onClick={list.release}>
          {list.held}
        </Button>
      )}
      {children}
    </div>
  );
}
