#!/usr/bin/env bash
# Tries the page in a real browser, before the release binary, which must be built (TASKLOG_BIN names another), with the program `poison`
# of the tests beside it. Which browser that is, chromium.sh says.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scripts/web/build.sh
[ -e web/node_modules/.installed ] || { echo "The page cannot be tested without Node.js 20.19 or later with npm." >&2; exit 1; }
chromium=$(scripts/web/chromium.sh)
CHROMIUM=$chromium npm run --silent --prefix web e2e -- "$@"
