#!/usr/bin/env bash
# Prints where Chromium is. CHROMIUM names it; without that it is looked for, and where there is none, Debian's is installed, if that may be
# done here.
set -euo pipefail

find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name"; then return 0; fi
  done
  return 1
}
find_chromium && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2
fi
find_chromium || {
  echo "There is no Chromium to open the page in: install one (Debian: apt-get install chromium), or name it by CHROMIUM." >&2
  exit 1
}
