import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { defineConfig } from '@playwright/test';

import { BINARY, environment, freePorts, PAGE_OF_ITS_OWN } from './e2e/binary';

/** Every process of a run reads this file: the first one finds the ports and makes the folder, for all. */
if (process.env.E2E_PORTS === undefined) {
  process.env.E2E_PORTS = freePorts(2).join(' ');
  const folder = mkdtempSync(path.join(tmpdir(), 'tasklog-e2e-'));
  process.env.E2E_FOLDER = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
}
const [api = 0, kafka = 0] = process.env.E2E_PORTS.split(' ').map(Number);
const url = `http://127.0.0.1:${api}`;

/** A `tasklog up` with the page that its binary carries; where `TASKLOG_URL` names one that runs, the folder `dist` before it. */
const server = PAGE_OF_ITS_OWN
  ? { command: `npx vite preview --port ${api} --strictPort`, url }
  : {
      command: `exec '${BINARY}' up`,
      env: environment(process.env.E2E_FOLDER ?? '', { api, kafka }),
      url: `${url}/readyz`,
      gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 10_000 },
    };

export default defineConfig({
  testDir: 'e2e',
  // Pictures are taken when they are asked for: they are kept in docs/images.
  testIgnore: process.env.PICTURES === undefined ? '**/pictures.spec.ts' : [],
  forbidOnly: true,
  workers: 1,
  retries: 0,
  // A look by axe at five views takes seconds each where the machine is busy.
  timeout: 120_000,
  use: {
    baseURL: url,
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
    trace: 'retain-on-failure',
  },
  webServer: server,
});
