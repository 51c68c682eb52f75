#!/usr/bin/env bash
# Puts maildev, and the SMTP server that it is made of, into a folder of the user's cache, through npm, and prints that folder.
# Does nothing when they are there already. TASKLOG_MAILDEV names another folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=$(sha256sum "$here/package-lock.json" | cut -c 1-12)
folder=${TASKLOG_MAILDEV:-${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/maildev-$version}

if [ ! -e "$folder/.complete" ]; then
  for tool in node npm; do
    command -v "$tool" >/dev/null || { echo "the tests need $tool (Node.js 20 or later)" >&2; exit 1; }
  done
  mkdir -p "$folder"
  # Another fetch may run at the same time (two clones on one machine): the first one fills the folder.
  exec 9>"$folder/.lock"
  flock 9
  if [ ! -e "$folder/.complete" ]; then
    cp "$here/package.json" "$here/package-lock.json" "$folder"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error 1>&2
    [ -e "$folder/node_modules/maildev/dist/bin/maildev.js" ] || { echo "npm left no maildev in $folder" >&2; exit 1; }
    touch "$folder/.complete"
  fi
fi
echo "$folder"
