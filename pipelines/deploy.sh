#!/usr/bin/env bash
# Installs or upgrades Tasklog in the cluster that KUBECONFIG names, and looks whether it works; if not, the release that was there before is
# put back, and the deployment has failed: pipelines/deploy.sh VALUES-FILE...
#   RELEASE, NAMESPACE   tasklog
#   IMAGE                repository:tag, or repository@sha256:...; without it what the values say
#   DEPLOY_TIMEOUT       10m: how long helm waits until every replica is ready, for the upgrade and for the way back
# What pipelines/verify-after.sh reads is passed on to it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

release=${RELEASE:-tasklog}
export RELEASE=$release NAMESPACE=${NAMESPACE:-tasklog}
timeout=${DEPLOY_TIMEOUT:-10m}
for tool in helm kubectl jq; do
  command -v "$tool" >/dev/null || { echo "pipelines/deploy.sh needs $tool" >&2; exit 1; }
done

settings=()
for values in "$@"; do settings+=(--values "$values"); done
case ${IMAGE:-} in
  '') ;;
  *@sha256:*) settings+=(--set "global.image.repository=${IMAGE%@*}" --set "global.image.digest=${IMAGE#*@}") ;;
  *) settings+=(--set "global.image.repository=${IMAGE%:*}" --set "global.image.tag=${IMAGE##*:}" --set global.image.digest=) ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chart=$(pipelines/chart.sh "$work")

# The last revision that was whole; what failed since is nothing to go back to.
before=$(helm history "$release" --namespace "$NAMESPACE" --output json 2>/dev/null | jq 'map(select(.status == "deployed")) | last | .revision // empty' || true)

deployed() {
  helm upgrade --install "$release" "$chart" --namespace "$NAMESPACE" --create-namespace \
    --wait --wait-for-jobs --timeout "$timeout" "${settings[@]}" && pipelines/verify-after.sh
}

if deployed; then
  echo "deployed: $release in $NAMESPACE, revision $(helm status "$release" --namespace "$NAMESPACE" --output json | jq .version)"
  exit 0
fi
if [ -z "$before" ]; then
  echo "the first deployment of $release failed; it is left as it is, to be looked at" >&2
  exit 1
fi
echo "the deployment failed: going back to revision $before" >&2
kubectl --namespace "$NAMESPACE" get pods,jobs >&2 || true
helm rollback "$release" "$before" --namespace "$NAMESPACE" --wait --timeout "$timeout" >&2
pipelines/verify-after.sh >&2
echo "revision $before is back" >&2
exit 1
