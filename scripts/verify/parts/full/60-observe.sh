#!/usr/bin/env bash
# A whole system at work, watched by a real Prometheus, Alertmanager and Jaeger: one change is one trace, faults make alerts fire that end with what
# their runbooks say, and each query of each panel has data. Some ten minutes. Needs what `make test` and `make test-dapr` need, and an Alertmanager
# (apt-get install prometheus-alertmanager, or ALERTMANAGER).
# shellcheck source=scripts/verify/part.sh
. scripts/verify/part.sh

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

# Where the broker tells of itself, in each of its starts.
KAFKA_METRICS=127.0.0.1:$(scripts/verify/port.sh)
export KAFKA_METRICS
export JAVA_TOOL_OPTIONS="-javaagent:$agent=$KAFKA_METRICS:$PWD/k8s/monitoring/scrape/kafka-jmx.yaml"
"$target/release/observe"
