#!/usr/bin/env bash
# Measures parts of the page (the files web/bench/PART.bench.ts) in a real browser, on the server that TASKLOG_URL names, which has its tasks
# already; the figures are written to the file that BENCH_FIGURES names. `make bench NAME=web` does all of it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scripts/web/build.sh
[ -e web/node_modules/.installed ] || { echo "The page cannot be measured without Node.js 20.19 or later with npm." >&2; exit 1; }

packages=$(sha256sum < web/bench/package-lock.json | cut -c 1-64)
if [ "$(cat web/bench/node_modules/.installed 2>/dev/null)" != "$packages" ]; then
  npm ci --prefix web/bench --ignore-scripts --no-audit --no-fund --loglevel=error
  echo "$packages" > web/bench/node_modules/.installed
fi

chromium=$(scripts/web/chromium.sh)
cd web
CHROMIUM=$chromium npx --no-install playwright test --config bench/playwright.config.ts "${@/%/.bench.ts}"
