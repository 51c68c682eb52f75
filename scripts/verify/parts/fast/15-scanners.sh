#!/usr/bin/env bash
# kube-score and checkov over what the chart renders. What they are told not to look for has its reason beside it: kube-score's here,
# checkov's in k8s/checkov.yaml.
set -euo pipefail
charts=k8s/charts
HELM=$(scripts/verify/tool.sh helm)
score=$(scripts/verify/tool.sh kube-score)
checkov=$(scripts/verify/tool.sh checkov)
export HELM
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

exceptions=(
  # No limit of processor time: a role that is throttled answers late, and what it does not use is lost to nobody. Memory has one.
  --ignore-container-cpu-limit
  # Releases are deployed by digest (pipelines/), where `Always` changes nothing; on Minikube the image is in the node and nowhere else.
  --ignore-test container-image-pull-policy
  # Replicas are spread by topologySpreadConstraints, over zones and nodes; these two know anti-affinity alone.
  --ignore-test deployment-has-host-podantiaffinity
  --ignore-test statefulset-has-host-podantiaffinity
)
scored() { "$score" score --kubernetes-version v1.33 --output-format ci "${exceptions[@]}" "$1" >"$work/score"; }
checked() { "$checkov" --config-file k8s/checkov.yaml --file "$1" >"$work/checkov" 2>&1; }

$charts/build.sh
for values in minikube gke; do
  "$HELM" template tasklog $charts/tasklog -n tasklog -f $charts/tasklog/values-$values.yaml >"$work/$values.yaml"
  scored "$work/$values.yaml" || { grep -v '^\[OK\]\|^\[SKIPPED\]' "$work/score" >&2; exit 1; }
  echo "ok: kube-score has nothing against the values for $values"
  checked "$work/$values.yaml" || { cat "$work/checkov" >&2; exit 1; }
  echo "ok: checkov has nothing against the values for $values"
done

# What protects, taken away: each of them sees it.
sed 's/readOnlyRootFilesystem: true/readOnlyRootFilesystem: false/' "$work/minikube.yaml" >"$work/open.yaml"
if scored "$work/open.yaml"; then echo "kube-score does not see a root file system that can be written" >&2; exit 1; fi
if checked "$work/open.yaml"; then echo "checkov does not see a root file system that can be written" >&2; exit 1; fi
echo "ok: both see a root file system that can be written"
