#!/usr/bin/env bash
# Alerts, their tests, runbooks and dashboards: each rule and each panel is valid, each alert fires and does not fire as its tests say, and what
# refers to something else refers to something that is there.
set -euo pipefail

monitoring=k8s/monitoring
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

scripts/verify/monitoring/check.py

scripts/verify/monitoring/dashboards.py "$made"
for file in "$monitoring"/dashboards/*.json; do
  cmp -s "$file" "$made/$(basename "$file")" || { echo "fails: $file is not what scripts/verify/monitoring/dashboards.py writes" >&2; exit 1; }
done
echo "holds: the dashboards are those that the script writes"

promtool=$(scripts/verify/tool.sh promtool)
"$promtool" check rules --lint-fatal "$monitoring"/alerts/*.yaml >"$made/rules" || { cat "$made/rules"; exit 1; }
echo "holds: the rules are valid"
"$promtool" test rules "$monitoring"/alerts/tests/*.yaml >"$made/tests" 2>&1 || { cat "$made/tests"; exit 1; }
echo "holds: each alert fires where it should, and not where it should not"
scripts/verify/monitoring/check.py --queries >"$made/queries.yaml"
"$promtool" check rules --lint=none "$made/queries.yaml" >"$made/queries" || { cat "$made/queries"; exit 1; }
echo "holds: each query of each panel and runbook is valid"
