#!/usr/bin/env bash
# The workflows, run by act on this machine as they are: the jobs of ci.yml, and the deployment to a control plane that is there already.
# ACT_JOBS names the jobs of ci.yml (test image by default: everything is built and tested once more).
# shellcheck source=scripts/verify/part.sh
. scripts/verify/part.sh

act=$(scripts/verify/tool.sh act)
# In the folder of the job, with this machine's tools and caches; nothing is fetched for a checkout of the repository that it runs in.
run() { "$act" -P ubuntu-latest=-self-hosted --no-cache-server --action-offline-mode "$@"; }

for job in ${ACT_JOBS:-test image}; do
  run push --workflows .github/workflows/ci.yml --job "$job"
  holds "the job $job of ci.yml passes"
done

control_plane
kubectl=$(scripts/verify/tool.sh kubectl)
deploy() {
  run workflow_dispatch --workflows .github/workflows/deploy-minikube.yml --env CLUSTER=given --env API_CALLS=false \
    --env "KUBECONFIG=$KUBECONFIG" --env VALUES=scripts/verify/cluster/values.yaml --env DEPLOY_TIMEOUT=5m
}
deploy
ready=$("$kubectl" --namespace tasklog get deployment web -o jsonpath='{.status.readyReplicas}')
[ "$ready" = 2 ] || fails "web has two ready replicas, not ${ready:-none}"
holds "deploy-minikube.yml deploys to a control plane that is there"
