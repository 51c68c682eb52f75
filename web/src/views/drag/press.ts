/** From a press on a task to what it becomes: a drag, a menu, or nothing of ours. */

/** What becomes of a press. */
export interface Pressed {
  /** A finger has rested on it: it is taken up. */
  onHold: () => void;
  /** It is dragged, and is here now. */
  onMove: (x: number, y: number) => void;
  onDrop: (x: number, y: number) => void;
  /** It was held and let go where it was. */
  onRelease: (x: number, y: number) => void;
  /** Taken up or dragged, and given up. */
  onCancel: () => void;
}

/** A finger that rests for this long wants something of the task; one that moves before scrolls. */
export const HELD_MS = 400;
/** So far a finger moves that means to rest. */
const SLIP_PX = 10;
/** So far it is moved before it is dragged. */
const MOVED_PX = 6;
/** What a browser makes of a touch after it has ended comes within this. */
const AFTER_MS = 100;

type Point = Pick<PointerEvent, 'clientX' | 'clientY' | 'pointerId' | 'pointerType'> & {
  target: EventTarget | null;
};

/** Follows a press until it ends. `page` is the window. */
export function followPress(begin: Point, page: EventTarget, pressed: Pressed): void {
  const isMouse = begin.pointerType === 'mouse';
  let state: 'pressed' | 'held' | 'dragged' = 'pressed';
  const listening = new AbortController();
  const hold = () => {
    state = 'held';
    pressed.onHold();
  };
  const timer = isMouse ? undefined : setTimeout(hold, HELD_MS);
  const end = () => {
    clearTimeout(timer);
    listening.abort();
  };
  const cancel = () => {
    end();
    if (state !== 'pressed') pressed.onCancel();
  };
  const onMove = (event: PointerEvent) => {
    if (event.pointerId !== begin.pointerId) return;
    // It was let go where nobody saw it.
    if (isMouse && event.buttons === 0) {
      cancel();
      return;
    }
    const moved = Math.hypot(event.clientX - begin.clientX, event.clientY - begin.clientY);
    if (state === 'pressed' && !isMouse) {
      if (moved > SLIP_PX) end();
      return;
    }
    if (state !== 'dragged' && moved <= MOVED_PX) return;
    state = 'dragged';
    pressed.onMove(event.clientX, event.clientY);
  };
  const onUp = (event: PointerEvent) => {
    if (event.pointerId !== begin.pointerId) return;
    end();
    if (state === 'dragged') pressed.onDrop(event.clientX, event.clientY);
    else if (state === 'held') pressed.onRelease(event.clientX, event.clientY);
    if (state !== 'pressed') swallowClick(page);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || state === 'pressed') return;
    event.preventDefault();
    event.stopPropagation();
    cancel();
    if (isMouse) swallowNextClick(page);
  };
  const on = (type: string, act: (event: never) => void) =>
    page.addEventListener(type, act as EventListener, { capture: true, signal: listening.signal });
  on('pointermove', onMove);
  on('pointerup', onUp);
  on('pointercancel', cancel);
  // Another finger, which zooms or scrolls.
  on('pointerdown', cancel);
  on('keydown', onKey);
  if (!isMouse) keepTouch(begin.target, () => state !== 'pressed', listening.signal);
}

/** What was taken up is not scrolled, and makes no click and no menu of the browser's. Its element may leave the page meanwhile. */
function keepTouch(target: EventTarget | null, isOurs: () => boolean, ended: AbortSignal): void {
  const keeping = new AbortController();
  const keep = (event: Event) => {
    if (isOurs() && event.cancelable) event.preventDefault();
  };
  for (const type of ['touchmove', 'touchend', 'contextmenu'])
    target?.addEventListener(type, keep, { passive: false, signal: keeping.signal });
  ended.addEventListener('abort', () => setTimeout(() => keeping.abort(), AFTER_MS));
}

/** What is given up while the button is down makes no click when that comes up. */
function swallowNextClick(page: EventTarget): void {
  const over = new AbortController();
  const once = { capture: true, signal: over.signal };
  const onUp = () => {
    over.abort();
    swallowClick(page);
  };
  page.addEventListener('pointerup', onUp, once);
  // It came up where nobody saw it.
  page.addEventListener('pointerdown', () => over.abort(), once);
}

/** The click that follows a drag is none. */
function swallowClick(page: EventTarget): void {
  const over = new AbortController();
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  page.addEventListener('click', swallow, { capture: true, signal: over.signal });
  setTimeout(() => over.abort(), AFTER_MS);
}
