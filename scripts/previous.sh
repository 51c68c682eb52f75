#!/usr/bin/env bash
# Builds the release binary of another commit in a folder of its own and prints its path: UPGRADE_FROM names it, a tag, branch or commit; by
# default the last tag v*, and where there is none the commit before this one. Does nothing when it is there already; else it takes as long
# as a first build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

from=${UPGRADE_FROM:-$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || echo 'HEAD^')}
commit=$(git rev-parse --verify "$from^{commit}")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/previous
binary=$cache/$commit/tasklog

if [ ! -x "$binary" ]; then
  mkdir -p "$cache/$commit/source"
  # Another build may run at the same time (two clones on one machine): the first one fills the folder.
  exec 9>"$cache/.lock"
  flock 9
  if [ ! -x "$binary" ]; then
    git archive "$commit" | tar -x -C "$cache/$commit/source"
    # All of them share a target folder, which is not this build's.
    (cd "$cache/$commit/source" && CARGO_TARGET_DIR=$cache/target cargo build --release --locked -p tasklog) 1>&2
    cp "$cache/target/release/tasklog" "$binary.new"
    mv "$binary.new" "$binary"
    rm -rf "$cache/$commit/source"
  fi
fi
echo "the previous release is $from, $commit" >&2
echo "$binary"
