#!/usr/bin/env bash
# Builds the web page into web/dist, with compressed forms beside its files, where something has changed since the last time; the
# next build of the crate `gateway` takes it into the binary. Without a Node.js that can build it, it says so and is content: the API
# runs without a page. TASKLOG_PAGE names a page that is built already.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[ -z "${TASKLOG_PAGE:-}" ] && [ -e web/package.json ] || exit 0

can_build() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
}
if ! can_build; then
  echo "No Node.js 20.19 or later with npm on this machine: the web page is not built. The API runs without it." >&2
  exit 0
fi

# Another build may run at the same time: the first one does the work.
exec 9<web/package.json
flock 9

packages=$(sha256sum < web/package-lock.json | cut -c 1-64)
if [ "$(cat web/node_modules/.installed 2>/dev/null)" != "$packages" ]; then
  npm ci --prefix web --ignore-scripts --no-audit --no-fund --loglevel=error
  echo "$packages" > web/node_modules/.installed
fi

sources=$(find web scripts/web \
  \( -path web/node_modules -o -path web/dist -o -path web/e2e -o -path web/bench -o -path web/test-results -o -path web/playwright-report \) -prune \
  -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-64)
if [ "$(cat web/dist/.built 2>/dev/null)" != "$sources" ]; then
  npm run build --prefix web --silent
  node scripts/web/compress.mjs web/dist
  echo "$sources" > web/dist/.built
fi
