#!/usr/bin/env bash
# A whole system at work, watched by a real Prometheus, Alertmanager and Jaeger: one change is one trace, faults make alerts fire that end with what
# their runbooks say, and each query of each panel has data. Some ten minutes. Needs what `make test` and `make test-dapr` need, and an Alertmanager
# (apt-get install prometheus-alertmanager, or ALERTMANAGER).
set -euo pipefail

command -v "${ALERTMANAGER:-prometheus-alertmanager}" >/dev/null || {
  echo "there is no Alertmanager: apt-get install prometheus-alertmanager, or name one by ALERTMANAGER" >&2
  exit 1
}
target=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/target}
export CARGO_TARGET_DIR=$target
scripts/kafka/fetch.sh >/dev/null
scripts/dapr/fetch.sh >/dev/null
agent=$(scripts/verify/tool.sh jmx-agent)
scripts/verify/tool.sh prometheus >/dev/null
scripts/verify/tool.sh jaeger >/dev/null
# With the features of `make test`, so that nothing is built twice.
cargo build --release --locked --workspace --all-targets --features kafka-es/conformance --exclude bench

# A port that nobody has just now, for what the broker tells.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export KAFKA_METRICS=127.0.0.1:$port
export JAVA_TOOL_OPTIONS="-javaagent:$agent=$KAFKA_METRICS:$PWD/k8s/monitoring/scrape/kafka-jmx.yaml"
"$target/release/observe"
