import react from '@vitejs/plugin-react';
import type { ProxyOptions } from 'vite';
import { defineConfig } from 'vitest/config';

import { firstViewInHtml, START } from './vite.first.ts';

/** What the server answers itself; the page's own paths are none of these. */
const API_PATHS =
  /^\/(tasks|tasks\.ics|tags|tag-renames|filters|events|reminders|recurrences|notification-settings|page-settings|timers|deliveries|stats|projections|dead-letters|cron|docs|openapi\.json|livez|readyz|metrics)(\/|\?|$)/;

const toTheServer: ProxyOptions = {
  target: process.env.TASKLOG_URL ?? 'http://127.0.0.1:8080',
  // It would keep the head of an answer until something follows: a stream is open before that.
  configure: (proxy) => {
    proxy.on('proxyRes', (_, __, response) => void setImmediate(() => response.flushHeaders()));
  },
};

const server = { host: '127.0.0.1', proxy: { [API_PATHS.source]: toTheServer } };

export default defineConfig({
  plugins: [react(), firstViewInHtml()],
  server,
  // As the page is served: whatever the policy forbids fails in the tests too.
  preview: {
    ...server,
    headers: {
      'Content-Security-Policy':
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'",
    },
  },
  build: {
    // The first versions that know `light-dark()`, which the two themes are made of.
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // A strict Content-Security-Policy has no `data:`.
    assetsInlineLimit: 0,
    manifest: true,
    // All of these know `modulepreload`.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['index.html', START],
      output: {
        codeSplitting: {
          groups: [
            // What runs first is small; else what the first view needs is in two files: that of others, which stays as it is from one
            // version to the next, and our own.
            { name: 'index', test: /\/index\.html$|\/src\/main\.ts$/, priority: 1 },
            { name: 'libraries', tags: ['$initial'], test: /node_modules/ },
            { name: 'first', tags: ['$initial'] },
          ],
        },
      },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
