import { defineConfig } from '@playwright/test';

const PORT = Number(process.env.PORT ?? 4173);

/** The built page before a `tasklog up` that runs already (`TASKLOG_URL`), in the system's Chromium. */
export default defineConfig({
  testDir: 'e2e',
  forbidOnly: true,
  // A look by axe at five views takes seconds each where the machine is busy.
  timeout: 120_000,
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
    trace: 'retain-on-failure',
  },
  webServer: { command: `npx vite preview --port ${PORT} --strictPort`, port: PORT },
});
