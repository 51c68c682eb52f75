#!/usr/bin/env bash
# Proves the web page as far as that goes without a browser: its types follow the contract, it is clean, its own tests pass, and its
# first view is small.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scripts/web/build.sh
[ -e web/node_modules/.installed ] || { echo "The page cannot be tested without Node.js 20.19 or later with npm." >&2; exit 1; }

cd web
npm run --silent check:api
npm run --silent typecheck
npm run --silent lint
npm test --silent
npm run --silent check:size
