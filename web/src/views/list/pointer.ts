import type { FocusEvent, MouseEvent } from 'react';

import { openOverlay } from '../../app/overlay';
import { movedTo, rangedTo, selection, toggled } from '../../tasks/selection';

/** The task whose line something happened on. */
function taskAt(target: EventTarget): string | null {
  const line = target instanceof Element ? target.closest<HTMLElement>('[data-task]') : null;
  return line?.dataset.task ?? null;
}

/** What pointer and focus do on the lines of a list, for the element around them. `goTo` takes the cursor and the focus to a task. */
export function pointerHandlers(ids: readonly string[], goTo: (position: number) => void) {
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
    /** A menu of the task; of all that are selected, where it is one of them. */
    onContextMenu: (event: MouseEvent) => {
      const id = taskAt(event.target);
      if (id === null) return;
      event.preventDefault();
      if (!selection.get().selected.has(id)) selection.change((now) => ({ ...now, selected: new Set() }));
      goTo(ids.indexOf(id));
      openOverlay({ kind: 'taskMenu', x: event.clientX, y: event.clientY });
    },
    onFocus: (event: FocusEvent) => {
      const id = taskAt(event.target);
      if (id === null || id === selection.get().cursor?.id) return;
      selection.change((now) => movedTo(now, ids, ids.indexOf(id)));
    },
  };
}
