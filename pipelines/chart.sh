#!/usr/bin/env bash
# Packs the chart `tasklog`, with the charts of the roles and the library below them, into DIR, and prints its path: pipelines/chart.sh DIR.
# In a copy, so that nothing of it is left in the repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=${1:?a folder}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R k8s/charts "$work/charts"
{
  "$work/charts/build.sh"
  helm package "$work/charts/tasklog" --destination "$out"
} 1>&2
ls "$out"/tasklog-*.tgz
