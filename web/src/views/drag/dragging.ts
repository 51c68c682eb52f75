/** What a drag does to the page while it goes on: it finds the group below, shows which, and scrolls the list near its edges. */
import { dayOfGroup, scrollStep } from './places';

/** What is below a point: the group of a list, or a day of the bar. */
function groupAt(x: number, y: number): string | undefined {
  const below = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-group]');
  return below?.dataset.group;
}

/** Shows which group something would come to. */
function mark(group: string | undefined): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-group]'))
    element.toggleAttribute('data-over', element.dataset.group === group);
}

export interface Dragging {
  /** It is here now. */
  move: (x: number, y: number) => void;
  end: () => void;
}

/** Begins a drag from a line of a list. `onOver` is told of the group below, where something can be dropped there. */
export function beginDragging(line: Element, onOver: (group: string | undefined) => void): Dragging {
  const scroller = line.closest('[role="list"]')?.parentElement;
  let at: { x: number; y: number } | null = null;
  let frame = 0;
  const look = () => {
    if (at === null) return;
    const group = groupAt(at.x, at.y);
    const over = dayOfGroup(group) === undefined ? undefined : group;
    mark(over);
    onOver(over);
  };
  const scroll = () => {
    frame = requestAnimationFrame(scroll);
    if (at === null || !scroller) return;
    // What lies above the list is dropped on, not scrolled.
    if (!scroller.contains(document.elementFromPoint(at.x, at.y))) return;
    const { top, bottom } = scroller.getBoundingClientRect();
    const step = scrollStep(at.y, top, bottom);
    if (step === 0) return;
    scroller.scrollBy({ top: step });
    look();
  };
  document.documentElement.setAttribute('data-dragging', '');
  document.getSelection()?.removeAllRanges();
  frame = requestAnimationFrame(scroll);
  return {
    move: (x, y) => {
      at = { x, y };
      look();
    },
    end: () => {
      cancelAnimationFrame(frame);
      document.documentElement.removeAttribute('data-dragging');
      mark(undefined);
    },
  };
}
