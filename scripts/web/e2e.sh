#!/usr/bin/env bash
# Tries the page in a real browser, before the release binary, which must be built (TASKLOG_BIN names another). CHROMIUM names the
# browser; without it, it is looked for, and where there is none, Debian's is installed, if that may be done here.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scripts/web/build.sh
[ -e web/node_modules/.installed ] || { echo "The page cannot be tested without Node.js 20.19 or later with npm." >&2; exit 1; }

find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name"; then return 0; fi
  done
  return 1
}
if ! chromium=$(find_chromium); then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
  fi
  chromium=$(find_chromium) || {
    echo "There is no Chromium to test the page in: install one (Debian: apt-get install chromium), or name it by CHROMIUM." >&2
    exit 1
  }
fi
CHROMIUM="$chromium" npm run --silent --prefix web e2e
