#!/usr/bin/env bash
# Dapr's resources and the charts name the same things.
set -euo pipefail
HELM=$(scripts/verify/tool.sh helm)
python=$(scripts/verify/tool.sh python-yaml)
export HELM
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

k8s/charts/build.sh
for cluster in minikube gke; do
  "$HELM" template tasklog k8s/charts/tasklog -n tasklog -f k8s/charts/tasklog/values-$cluster.yaml >"$work/$cluster.yaml"
  "$python" scripts/verify/charts/dapr.py $cluster "$work/$cluster.yaml"
done

# A name that differs is found.
"$HELM" template tasklog k8s/charts/tasklog -n tasklog -f k8s/charts/tasklog/values-minikube.yaml --set notify.deadLetterTopic=elsewhere >"$work/other.yaml"
if "$python" scripts/verify/charts/dapr.py minikube "$work/other.yaml" 2>/dev/null; then
  echo "another dead-letter topic in the chart than in the subscription is not seen" >&2
  exit 1
fi
echo "ok: a name that differs is found"
