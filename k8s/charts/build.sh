#!/usr/bin/env bash
# Puts the charts that others are made of into these (their folders charts/, which are not kept): k8s/charts/build.sh
# Nothing is fetched. Runs `helm`, or what HELM names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
helm=${HELM:-helm}
# The one of all roles last: it packs the others as they are then.
for chart in command query projector process notify web tasklog; do
  rm -rf "$chart/charts" "$chart/Chart.lock"
  "$helm" dependency update --skip-refresh "$chart" >/dev/null
done
