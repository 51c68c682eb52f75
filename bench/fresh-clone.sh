#!/usr/bin/env bash
# Time from a fresh clone with nothing cached to the first 201 by `make run`. Prints one figure; exit code 1 when it is short.
# Usage: bench/fresh-clone.sh [REPOSITORY]   (default: this one)
set -euo pipefail
repository=${1:-$(git -C "$(dirname "$0")" rev-parse --show-toplevel)}
limit=15
work=$(mktemp -d)
chmod 755 "$work"
make_pid=
finish() {
  [ -n "$make_pid" ] && kill -INT -- "-$make_pid" 2>/dev/null && { wait "$make_pid" 2>/dev/null || true; }
  rm -rf "$work"
}
trap finish EXIT

started=$(date +%s)
git clone -q "$repository" "$work/tasklog"
# A registry cache and a target folder of its own: nothing is there yet. Settings of the registry, if any, stay.
mkdir -p "$work/cargo"
settings=${CARGO_HOME:-$HOME/.cargo}/config.toml
if [ -f "$settings" ]; then cp "$settings" "$work/cargo/"; fi
export CARGO_HOME="$work/cargo" CARGO_TARGET_DIR="$work/target" XDG_CACHE_HOME="$work/cache"
export LISTEN=127.0.0.1:18080 KAFKA_EMBEDDED_LISTEN=127.0.0.1:19092
set -m
make -C "$work/tasklog" run >"$work/make-run.log" 2>&1 &
make_pid=$!
set +m
for _ in $(seq 1 3600); do
  code=$(curl -s -o /dev/null -w '%{http_code}' -H 'content-type: application/json' -d '{"title":"first"}' "http://$LISTEN/tasks" || true)
  [ "$code" = 201 ] && break
  kill -0 "$make_pid" 2>/dev/null || { tail -n 20 "$work/make-run.log" >&2; exit 1; }
  sleep 1
done
awk -v s="$(($(date +%s) - started))" -v limit="$limit" 'BEGIN {
  m = s / 60; holds = m <= limit
  printf "fresh-clone %.1f min limit <= %d %s\n", m, limit, holds ? "holds" : "short"
  exit holds ? 0 : 1
}'
