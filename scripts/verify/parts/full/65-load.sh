#!/usr/bin/env bash
# Each scenario of k6, short and slow, against a Tasklog of its own: that they run, and that no answer is wrong or older than its token. How
# fast answers are is not asked here: other things run on this machine. TASKLOG_BIN names a binary that is built already.
# shellcheck source=scripts/verify/part.sh
. scripts/verify/part.sh

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
with_part "$tasklog"
answers "$TASKLOG_URL/readyz" "$tasklog" "$work/log"

for scenario in steady ramp spike soak; do
  RATE=60 DURATION=8s TARGETS=false bench/k6/run.sh "$scenario" --quiet > "$work/$scenario.log" 2>&1 ||
    { cat "$work/$scenario.log" >&2; exit 1; }
  holds "no answer of $scenario was wrong or older than its token"
done
# The same scenario, asked for what nobody can keep: it must say so, by the code of a target that is missed.
code=0
RATE=60 DURATION=4s bench/k6/run.sh steady --quiet --env TASKLOG_URL=http://127.0.0.1:1 > "$work/away.log" 2>&1 || code=$?
[ "$code" = 99 ] || { cat "$work/away.log" >&2; fails "a scenario before no service fails: it ends with $code"; }
holds "a scenario before no service fails"
