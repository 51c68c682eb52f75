import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { followPress, HELD_MS } from './press';

let page: EventTarget;
let told: string[];

beforeEach(() => {
  vi.useFakeTimers();
  page = new EventTarget();
  told = [];
});
afterEach(() => vi.useRealTimers());

function press(pointerType: string): EventTarget {
  const target = new EventTarget();
  followPress({ clientX: 100, clientY: 100, pointerId: 1, pointerType, target }, page, {
    onHold: () => told.push('hold'),
    onMove: (x, y) => told.push(`move ${x} ${y}`),
    onDrop: (x, y) => told.push(`drop ${x} ${y}`),
    onRelease: () => told.push('release'),
    onCancel: () => told.push('cancel'),
  });
  return target;
}

/** An event; says whether it was prevented. */
function fire(type: string, more: object = {}, on: EventTarget = page): boolean {
  const event = new Event(type, { cancelable: true });
  const defaults = { pointerId: 1, clientX: 100, clientY: 100, buttons: 1 };
  return !on.dispatchEvent(Object.assign(event, defaults, more));
}

test('given a mouse when it moves a little then it is a click, and when it moves on a drag', () => {
  press('mouse');
  fire('pointermove', { clientX: 104 });
  expect(told).toEqual([]);
  fire('pointermove', { clientX: 110 });
  fire('pointermove', { clientX: 90 });
  fire('pointerup', { clientX: 90 });
  expect(told).toEqual(['move 110 100', 'move 90 100', 'drop 90 100']);
  expect(fire('click')).toBe(true);
  vi.advanceTimersByTime(200);
  expect(fire('click')).toBe(false);
});

test('given a mouse when it does not move then nothing of it is ours', () => {
  press('mouse');
  vi.advanceTimersByTime(2 * HELD_MS);
  fire('pointerup');
  expect(told).toEqual([]);
  expect(fire('click')).toBe(false);
});

test('given a finger when it moves before it has rested then the list is scrolled', () => {
  const target = press('touch');
  fire('pointermove', { clientY: 120 });
  vi.advanceTimersByTime(2 * HELD_MS);
  expect(told).toEqual([]);
  expect(fire('touchmove', {}, target)).toBe(false);
});

test('given a finger that has rested when it is lifted then it wants the menu, and the browser makes nothing of it', () => {
  const target = press('touch');
  expect(fire('touchmove', {}, target)).toBe(false);
  fire('pointermove', { clientX: 103 });
  vi.advanceTimersByTime(HELD_MS);
  expect(fire('contextmenu', {}, target)).toBe(true);
  fire('pointerup');
  expect(told).toEqual(['hold', 'release']);
  expect(fire('touchend', {}, target)).toBe(true);
  vi.advanceTimersByTime(200);
  expect(fire('touchend', {}, target)).toBe(false);
});

test('given a finger that has rested when it moves then it drags, and nothing scrolls', () => {
  const target = press('touch');
  vi.advanceTimersByTime(HELD_MS);
  fire('pointermove', { clientY: 150 });
  expect(fire('touchmove', {}, target)).toBe(true);
  fire('pointerup', { clientY: 150 });
  expect(told).toEqual(['hold', 'move 100 150', 'drop 100 150']);
});

test('given a drag when it is given up then it is told once, and what follows is not ours', () => {
  const giveUp: [string, object][] = [
    ['keydown', { key: 'Escape' }],
    ['pointercancel', {}],
    ['pointerdown', { pointerId: 2 }],
    ['pointermove', { buttons: 0 }],
  ];
  for (const [type, more] of giveUp) {
    told = [];
    press('mouse');
    fire('pointermove', { clientX: 150 });
    fire(type, more);
    fire('pointerup', { clientX: 150 });
    expect([type, told]).toEqual([type, ['move 150 100', 'cancel']]);
  }
});

test('given a drag that Escape has ended when the button comes up then it is no click, and the next one is', () => {
  press('mouse');
  fire('pointermove', { clientX: 150 });
  fire('keydown', { key: 'Escape' });
  fire('pointerup');
  expect(fire('click')).toBe(true);
  vi.advanceTimersByTime(200);

  press('mouse');
  fire('pointermove', { clientX: 150 });
  fire('keydown', { key: 'Escape' });
  // The button came up outside of the window.
  fire('pointerdown');
  fire('pointerup');
  expect(fire('click')).toBe(false);
});
