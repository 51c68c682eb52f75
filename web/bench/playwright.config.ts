import { defineConfig } from '@playwright/test';

const { TASKLOG_URL, CHROMIUM } = process.env;
if (TASKLOG_URL === undefined) throw new Error('TASKLOG_URL says which server is measured');

/** Measures the page of a server that runs and has its tasks: see `scripts/web/bench.sh`. One thing at a time, and nothing recorded. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: '../test-results',
  workers: 1,
  retries: 0,
  timeout: 900_000,
  reporter: 'list',
  use: {
    baseURL: TASKLOG_URL,
    viewport: { width: 1280, height: 800 },
    launchOptions: { executablePath: CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
    trace: 'off',
  },
});
