import type { DragEvent, FocusEvent, MouseEvent, PointerEvent as ReactPointerEvent } from 'react';

import { openOverlay } from '../../app/overlay';
import { movedTo, rangedTo, selection, toggled } from '../../tasks/selection';

/** A press on the line of a task, which may become a drag. */
export interface LinePress {
  id: string;
  line: Element;
  /** Opens the menu of the task, or of all that are selected with it. */
  openMenu: (x: number, y: number) => void;
}

export type OnPress = (event: PointerEvent, press: LinePress) => void;

let onPress: OnPress | null = null;

/** Takes the presses on lines, from when it is loaded until it goes. */
export function takePresses(taker: OnPress): () => void {
  onPress = taker;
  return () => (onPress = null);
}

/** The task whose line something happened on. */
function taskAt(target: EventTarget): string | null {
  const line = target instanceof Element ? target.closest<HTMLElement>('[data-task]') : null;
  return line?.dataset.task ?? null;
}

/** What pointer and focus do on the lines of a list, for the element around them. `goTo` takes the cursor and the focus to a task. */
export function pointerHandlers(ids: readonly string[], goTo: (position: number) => void) {
  /** A menu of the task; of all that are selected, where it is one of them. */
  const openMenu = (id: string, x: number, y: number) => {
    if (!selection.get().selected.has(id)) selection.change((now) => ({ ...now, selected: new Set() }));
    goTo(ids.indexOf(id));
    openOverlay({ kind: 'taskMenu', x, y });
  };
  return {
    /** With Ctrl a click selects the task, with Shift all up to it; neither opens anything. */
    onClickCapture: (event: MouseEvent) => {
      const id = taskAt(event.target);
      const adds = event.ctrlKey || event.metaKey;
      if (id === null || !(adds || event.shiftKey)) return;
      event.preventDefault();
      event.stopPropagation();
      selection.change((now) => (event.shiftKey ? rangedTo(now, ids, id) : toggled(now, id)));
      goTo(ids.indexOf(id));
    },
    onMouseDown: (event: MouseEvent) => {
      // Nor does it select the text in between.
      if (event.shiftKey && taskAt(event.target) !== null) event.preventDefault();
    },
    onPointerDown: ({ target, nativeEvent: event }: ReactPointerEvent) => {
      const id = taskAt(target);
      const line = (target as Element).closest('[data-task]');
      if (id === null || line === null || event.button !== 0 || event.ctrlKey || event.shiftKey) return;
      onPress?.(event, { id, line, openMenu: (x, y) => openMenu(id, x, y) });
    },
    /** Links are not dragged as such. */
    onDragStart: (event: DragEvent) => event.preventDefault(),
    onContextMenu: (event: MouseEvent) => {
      const id = taskAt(event.target);
      if (id === null) return;
      event.preventDefault();
      // A finger that rests may go on to drag.
      const isTouch = (event.nativeEvent as Partial<PointerEvent>).pointerType === 'touch';
      if (!isTouch || onPress === null) openMenu(id, event.clientX, event.clientY);
    },
    onFocus: (event: FocusEvent) => {
      const id = taskAt(event.target);
      if (id === null || id === selection.get().cursor?.id) return;
      selection.change((now) => movedTo(now, ids, ids.indexOf(id)));
    },
  };
}
