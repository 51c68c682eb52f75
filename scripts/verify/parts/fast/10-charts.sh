#!/usr/bin/env bash
# The charts: put together, linted, rendered with each set of values, unit-tested; their schemas are those of schemas.py and refuse bad
# values; what they set is what the binary knows.
set -euo pipefail
charts=k8s/charts
HELM=$(scripts/verify/tool.sh helm)
unittest=$(scripts/verify/tool.sh helm-unittest)
export HELM
rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT

$charts/schemas.py --check
echo "ok: schemas of values are written by schemas.py"
$charts/build.sh

for chart in command query projector process notify web tasklog; do
  # A chart by itself needs to know where Kafka is.
  "$HELM" lint --quiet --strict --set global.kafka.brokers=kafka:9092 "$charts/$chart" >"$rendered/lint" 2>&1 || { cat "$rendered/lint" >&2; exit 1; }
  echo "ok: lint $chart"
done
for values in minikube gke; do
  "$HELM" lint --quiet --strict -f $charts/tasklog/values-$values.yaml $charts/tasklog >"$rendered/lint" 2>&1 || { cat "$rendered/lint" >&2; exit 1; }
  "$HELM" template tasklog $charts/tasklog -n tasklog -f $charts/tasklog/values-$values.yaml >"$rendered/$values.yaml"
  echo "ok: render tasklog with values for $values"
done
for chart in command query projector process notify web tasklog; do
  "$unittest" "$charts/$chart" >"$rendered/tests" 2>&1 || { cat "$rendered/tests" >&2; exit 1; }
  echo "ok: tests of $chart: $(sed -n 's/^Tests: *//p' "$rendered/tests")"
done
scripts/verify/charts/refused.sh
scripts/verify/charts/known-variables.py "$rendered"/*.yaml
