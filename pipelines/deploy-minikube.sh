#!/usr/bin/env bash
# Builds the image, starts Minikube where none runs, puts the image into it, and deploys: pipelines/deploy-minikube.sh
# Kafka, Postgres, Dapr and the Secret are there already (docs/deploy-minikube.md).
#   CLUSTER=given   takes the cluster that KUBECONFIG names as it is, and puts no image into it
#   VALUES          k8s/charts/tasklog/values-minikube.yaml
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

values=${VALUES:-k8s/charts/tasklog/values-minikube.yaml}
# A tag of its own for each commit: a pod takes what its node has under a tag, and would not notice another image.
image=docker.io/library/tasklog:$(git rev-parse --short=12 HEAD)
if [ "${CLUSTER:-}" != given ]; then
  command -v minikube >/dev/null || { echo "pipelines/deploy-minikube.sh needs minikube, or CLUSTER=given" >&2; exit 1; }
  minikube status >/dev/null 2>&1 || minikube start --cpus "${MINIKUBE_CPUS:-4}" --memory "${MINIKUBE_MEMORY:-8g}"
  out=${IMAGE_OUT:-${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/image}
  IMAGE_OUT=$out pipelines/image.sh "$image"
  minikube image load "$out/tasklog.tar"
fi
IMAGE=$image pipelines/deploy.sh "$values"
