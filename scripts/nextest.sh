#!/usr/bin/env bash
# Prints the path of cargo-nextest at the pinned version; builds it first where it is missing (about two minutes).
set -euo pipefail

version=0.9.151
root=${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/nextest-$version

if [ ! -x "$root/bin/cargo-nextest" ]; then
  # Its own speed does not matter: a debug build takes a quarter of the time. It shares nothing with our target folder.
  env -u CARGO_TARGET_DIR cargo install cargo-nextest --version "$version" --locked --debug --no-default-features \
    --root "$root" 1>&2
fi
echo "$root/bin/cargo-nextest"
