import { expect, type Page } from '@playwright/test';

import { axe, LOOKS } from './tasks';

export const DESKS = LOOKS.filter(({ name }) => name === 'a desk');
export const PHONES = LOOKS.filter(({ name }) => name === 'a phone');

/** Has the page look as it does in such a theme on such a screen. */
export async function dress(page: Page, { scheme, viewport }: (typeof LOOKS)[number]): Promise<void> {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
}

/** A menu that scrolls is gone through by the arrow keys, which axe does not know: it asks that Tab comes to what is in it. */
const MENU_THAT_SCROLLS = /^\["scrollable-region-focusable",".*role=\\"menu\\"/;

/** Axe finds nothing in what is shown now. */
export async function check(page: Page, state: string): Promise<void> {
  const found = (await axe(page)).filter((one) => !MENU_THAT_SCROLLS.test(JSON.stringify(one)));
  expect([state, found]).toEqual([state, []]);
}
