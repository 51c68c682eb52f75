#!/usr/bin/env bash
# Each scenario of k6, short and slow, against a Tasklog of its own: that they run, and that no answer is wrong or older than its token. How
# fast answers are is not asked here: other things run on this machine. TASKLOG_BIN names a binary that is built already.
set -euo pipefail

work=$(mktemp -d)
chmod 755 "$work"
tasklog=''
end() {
  if [ -n "$tasklog" ]; then
    kill "$tasklog" 2>/dev/null || true
    wait "$tasklog" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap end EXIT

# Its build says what it does.
scripts/verify/tool.sh k6 > /dev/null
target=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/target}
binary=${TASKLOG_BIN:-$target/release/tasklog}
[ -n "${TASKLOG_BIN:-}" ] || CARGO_TARGET_DIR=$target cargo build --release --locked -p tasklog
LISTEN=127.0.0.1:$(scripts/verify/port.sh)
KAFKA_EMBEDDED_LISTEN=127.0.0.1:$(scripts/verify/port.sh)
export LISTEN KAFKA_EMBEDDED_LISTEN TASKLOG_URL=http://$LISTEN
DATA_DIR=$work/data "$binary" up > "$work/log" 2>&1 &
tasklog=$!
for _ in $(seq 240); do
  ! curl -fso /dev/null "$TASKLOG_URL/readyz" || break
  kill -0 "$tasklog" 2>/dev/null || { tail -n 20 "$work/log" >&2; exit 1; }
  sleep 0.5
done
curl -fsS -o /dev/null "$TASKLOG_URL/readyz"

for scenario in steady ramp spike soak; do
  RATE=60 DURATION=8s TARGETS=false bench/k6/run.sh "$scenario" --quiet > "$work/$scenario.log" 2>&1 ||
    { cat "$work/$scenario.log" >&2; exit 1; }
  echo "holds: no answer of $scenario was wrong or older than its token"
done
# The same scenario, asked for what nobody can keep: it must say so, by the code of a target that is missed.
code=0
RATE=60 DURATION=4s bench/k6/run.sh steady --quiet --env TASKLOG_URL=http://127.0.0.1:1 > "$work/away.log" 2>&1 || code=$?
[ "$code" = 99 ] || { cat "$work/away.log" >&2; echo "a scenario before no service ends with $code" >&2; exit 1; }
echo "holds: a scenario before no service fails"
