import { expect, test } from '@playwright/test';

import { complaintsOf } from './panelSupport';

test('given the documentation of the API when a call is tried in it then it is answered, and all of it is allowed by a strict policy', async ({
  page,
  baseURL,
}) => {
  const complaints = complaintsOf(page);
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== baseURL)
      elsewhere.push(request.url());
  });
  const answer = await page.goto('/docs/');
  expect(answer?.headers()['content-security-policy']).toContain("default-src 'self'");
  const call = page.locator('.opblock', { hasText: '/livez' });
  await call.click();
  await call.getByRole('button', { name: 'Execute' }).click();
  await expect(call.locator('.live-responses-table')).toContainText('200');
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
});
