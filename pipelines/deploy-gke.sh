#!/usr/bin/env bash
# Builds the image, pushes it to Artifact Registry, and deploys it to a cluster of GKE by its digest: pipelines/deploy-gke.sh [VALUES-FILE...]
# No key is kept anywhere: gcloud is logged in by Workload Identity Federation (in .github/workflows/deploy-gke.yml), or as a person.
#   GCP_PROJECT, GKE_CLUSTER, GKE_LOCATION
#   IMAGE_REPOSITORY   as in europe-west1-docker.pkg.dev/PROJECT/tasklog/tasklog
# Files of values are read after k8s/charts/tasklog/values-gke.yaml: they say what is in capitals there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

: "${GCP_PROJECT:?}" "${GKE_CLUSTER:?}" "${GKE_LOCATION:?}" "${IMAGE_REPOSITORY:?}"
for tool in gcloud buildah kubectl helm jq; do
  command -v "$tool" >/dev/null || { echo "pipelines/deploy-gke.sh needs $tool" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export REGISTRY_AUTH_FILE=$work/registry.json
# Where image.sh leaves the image.
buildah() { command buildah --storage-driver vfs "$@"; }

image=$IMAGE_REPOSITORY:$(git rev-parse --short=12 HEAD)
pipelines/image.sh "$image"
gcloud auth print-access-token | buildah login --username oauth2accesstoken --password-stdin "${IMAGE_REPOSITORY%%/*}" >/dev/null
buildah push --quiet --digestfile "$work/digest" "$image" "docker://$image"

# By the token of this login, for the hour that it lasts; so no plug-in of kubectl's is needed.
gcloud container clusters describe "$GKE_CLUSTER" --project "$GCP_PROJECT" --location "$GKE_LOCATION" --format json > "$work/cluster.json"
export KUBECONFIG=$work/kubeconfig
(
  umask 077
  jq -n --slurpfile cluster "$work/cluster.json" --arg token "$(gcloud auth print-access-token)" '{
    apiVersion: "v1", kind: "Config", "current-context": "gke",
    clusters: [{name: "gke", cluster: {server: "https://\($cluster[0].endpoint)", "certificate-authority-data": $cluster[0].masterAuth.clusterCaCertificate}}],
    users: [{name: "deployer", user: {token: $token}}],
    contexts: [{name: "gke", context: {cluster: "gke", user: "deployer"}}]
  }' > "$KUBECONFIG"
)
# Not exec: what is in the folder goes when this ends.
IMAGE=$IMAGE_REPOSITORY@$(cat "$work/digest") pipelines/deploy.sh k8s/charts/tasklog/values-gke.yaml "$@"
