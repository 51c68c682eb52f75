import { expect, test, type Page } from '@playwright/test';

/** The colours of a page on which nothing is drawn yet, by the theme. */
const SURFACES = { light: 'rgb(255, 255, 255)', dark: 'rgb(21, 24, 23)' };

const surfaceOf = (page: Page): Promise<string> =>
  page.evaluate(() => getComputedStyle(document.body).backgroundColor);

for (const [device, chosen, words] of [
  ['light', 'dark', 'Dark'],
  ['dark', 'light', 'Light'],
] as const)
  test(`given a ${device} device when the ${chosen} theme is chosen and the page is loaded anew then it never looks otherwise`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme: device });
    await page.goto('/today');
    expect(await surfaceOf(page)).toBe(SURFACES[device]);
    await page.getByTitle(words, { exact: true }).click();
    expect(await surfaceOf(page)).toBe(SURFACES[chosen]);

    // As long as the page's own script is on its way there is the theme, and nothing else.
    await page.route('**/assets/*.js', (route) => route.abort());
    await page.reload();
    await expect(page.locator('#root')).toBeEmpty();
    expect(await surfaceOf(page)).toBe(SURFACES[chosen]);

    await page.unrouteAll();
    await page.reload();
    await expect(page.getByRole('radio', { name: words, exact: true })).toBeChecked();
    await page.getByTitle('As the device').click();
    expect(await surfaceOf(page)).toBe(SURFACES[device]);
  });
