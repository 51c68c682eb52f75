import { expect, type Locator, type Page } from '@playwright/test';

import { lineOf, linkOf } from './tasks';

interface Point {
  x: number;
  y: number;
}

async function middleOf(locator: Locator): Promise<Point> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('it is not to be seen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Says whether a press on a line is followed; it is given up at once. */
const canBeDragged = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const fire = (type: string, clientX: number) => {
      const press = { bubbles: true, pointerId: 99, pointerType: 'mouse', buttons: 1, clientX };
      document.querySelector('[data-task]')?.dispatchEvent(new PointerEvent(type, press));
    };
    fire('pointerdown', 0);
    fire('pointermove', 50);
    const isDragged = document.documentElement.hasAttribute('data-dragging');
    fire('pointercancel', 50);
    return isDragged;
  });

/** Opens the list of a tag; its lines can be dragged once what follows them is loaded. */
export async function openToDrag(page: Page, tag: string): Promise<void> {
  await page.goto(`/tag/${tag}`);
  await page.locator('[data-task]').first().waitFor();
  await expect.poll(() => canBeDragged(page)).toBe(true);
}

/** Takes up a line with the mouse, and leaves it in the air. */
export async function takeUp(page: Page, title: string): Promise<void> {
  const { x, y } = await middleOf(linkOf(page, title));
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 4, y + 12, { steps: 3 });
}

/** Moves what is in the air over a target. */
export async function moveTo(page: Page, target: Locator): Promise<void> {
  const { x, y } = await middleOf(target);
  await page.mouse.move(x, y, { steps: 5 });
}

/** Takes up a line with the mouse and lets it go on a target. */
export async function dragTo(page: Page, title: string, target: Locator): Promise<void> {
  await takeUp(page, title);
  await moveTo(page, target);
  await page.mouse.up();
}

type Touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: Point) => Promise<unknown>;

/** A finger, as the browser's own protocol has it. */
export class Finger {
  /** Longer than a finger has to rest until it holds a line. */
  static readonly #HELD_MS = 500;
  readonly #page: Page;
  readonly #touch: Touch;

  private constructor(page: Page, touch: Touch) {
    this.#page = page;
    this.#touch = touch;
  }

  static async of(page: Page): Promise<Finger> {
    const client = await page.context().newCDPSession(page);
    return new Finger(page, (type, at) =>
      client.send('Input.dispatchTouchEvent', { type, touchPoints: at ? [at] : [] }),
    );
  }

  /** Rests on a line until it is held. */
  async hold(title: string): Promise<void> {
    await this.#touch('touchStart', await middleOf(lineOf(this.#page, title)));
    await this.#page.waitForTimeout(Finger.#HELD_MS);
  }

  /** Moves over a target, by way of a point below it, as a finger does. */
  async moveTo(target: Locator): Promise<void> {
    const to = await middleOf(target);
    await this.#touch('touchMove', { x: to.x, y: to.y + 30 });
    await this.#touch('touchMove', to);
  }

  lift(): Promise<unknown> {
    return this.#touch('touchEnd');
  }
}

/** A day of the bar that comes up meanwhile. */
export const bar = (page: Page, words: string): Locator =>
  page.locator('ul > li[data-group]').filter({ hasText: words });

/** What is told of the task that is in the air, beside the pointer. */
export const label = (page: Page, title: string): Locator =>
  page.locator('[aria-hidden="true"] > div:has(> strong)').filter({ hasText: title });

/** The day whose heading a task stands below, as the list has it. */
export const groupOf = (page: Page, title: string): Promise<string | null> =>
  page.locator('[role="listitem"]', { has: lineOf(page, title) }).getAttribute('data-group');
