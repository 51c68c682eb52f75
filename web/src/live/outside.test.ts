import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { askOutside, outsideAllowed, tellOutside } from './outside';
import type { Rung } from './reminders';

const RUNG: Rung = {
  id: '0190c3a0-0000-7000-8000-000000000009',
  version: 2,
  task: {
    id: '0190c3a0-0000-7000-8000-000000000001',
    title: 'Water the ferns',
    due_date: null,
    due_at: null,
    due_utc: null,
  },
  others: 0,
};

let told: { title: string; body: string | undefined; tag: string | undefined; press: () => void }[] = [];
let closed = 0;
const focus = vi.fn();

/** A browser whose person has said so. */
function browser(permission: NotificationPermission, hasFocus = false): void {
  class Shown extends EventTarget {
    static permission = permission;
    static requestPermission = vi.fn(() => {
      Shown.permission = 'granted';
      return Promise.resolve(Shown.permission);
    });

    constructor(title: string, { body, tag }: NotificationOptions = {}) {
      super();
      told.push({ title, body, tag, press: () => this.dispatchEvent(new Event('click')) });
    }

    close() {
      closed += 1;
    }
  }
  vi.stubGlobal('Notification', Shown);
  vi.stubGlobal('document', { hasFocus: () => hasFocus });
  vi.stubGlobal('focus', focus);
}

beforeEach(() => {
  told = [];
  closed = 0;
  focus.mockClear();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test('given a browser that may tell when a reminder rings then it is told, and a press on it leads to the page', () => {
  browser('granted');
  expect(outsideAllowed()).toBe('yes');
  tellOutside(RUNG);
  expect(told).toMatchObject([{ title: 'Water the ferns', body: 'Reminder', tag: RUNG.id }]);
  told[0]?.press();
  expect([focus.mock.calls.length, closed]).toEqual([1, 1]);
});

test('given others that rang late with it when it is told then it says how many', () => {
  browser('granted');
  tellOutside({ ...RUNG, others: 3 });
  expect(told).toMatchObject([{ body: 'Reminder, and 3 more' }]);
});

test('given somebody at the page when a reminder rings then nothing is told outside of it', () => {
  browser('granted', true);
  tellOutside(RUNG);
  expect(told).toEqual([]);
});

test('given a person who said no when a reminder rings then nothing is told', () => {
  browser('denied');
  expect(outsideAllowed()).toBe('no');
  tellOutside(RUNG);
  expect(told).toEqual([]);
});

test('given a person who was not asked when a reminder rings then nothing is told until they were, and allow it', async () => {
  browser('default');
  expect(outsideAllowed()).toBe('ask');
  tellOutside(RUNG);
  expect(told).toEqual([]);
  await askOutside();
  expect(outsideAllowed()).toBe('yes');
  tellOutside(RUNG);
  expect(told).toHaveLength(1);
});

test('given a browser without notifications, or one that takes them from elsewhere, when a reminder rings then nothing fails', () => {
  expect(outsideAllowed()).toBe('no');
  tellOutside(RUNG);
  browser('granted');
  const Shown = function () {
    throw new TypeError('Illegal constructor');
  };
  vi.stubGlobal('Notification', Object.assign(Shown, { permission: 'granted' }));
  tellOutside(RUNG);
  expect(told).toEqual([]);
});
