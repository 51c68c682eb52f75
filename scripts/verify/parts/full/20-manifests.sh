#!/usr/bin/env bash
# What the chart renders with each set of values, and Dapr's resources, compared with the schemas that the makers publish in their Go modules:
# Kubernetes, Dapr, KEDA. A field that they do not know is an error. Those of GKE and of the Prometheus Operator are not looked at.
# shellcheck source=scripts/verify/part.sh
. scripts/verify/part.sh

HELM=$(scripts/verify/tool.sh helm)
kubeconform=$(scripts/verify/tool.sh kubeconform)
python=$(scripts/verify/tool.sh python-yaml)
export HELM
kubernetes=$(sed -n 's/^version=//p' scripts/verify/kubernetes.sh)
mkdir "$work/schemas"

module() { (cd / && go mod download -json "$1") | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",\{0,1\}$/\1/p'; }
"$python" scripts/verify/cluster/schemas.py "$work/schemas" <"$(module "k8s.io/kubernetes@v$kubernetes")/api/openapi-spec/swagger.json"
scripts/verify/cluster/crds.sh files >"$work/definitions"
xargs -d '\n' "$python" scripts/verify/cluster/crd-schemas.py "$work/schemas" <"$work/definitions"
conforms() {
  "$kubeconform" -strict -summary -skip ServiceMonitor,PodMonitor,BackendConfig,FrontendConfig,ManagedCertificate \
    -schema-location "$work/schemas/{{.ResourceKind}}{{.KindSuffix}}.json" "$@"
}

k8s/charts/build.sh
for cluster in minikube gke; do
  "$HELM" template tasklog k8s/charts/tasklog -n tasklog -f k8s/charts/tasklog/values-$cluster.yaml >"$work/$cluster.yaml"
  conforms "$work/$cluster.yaml"
  holds "what the chart renders with the values for $cluster has the published schemas"
  conforms k8s/dapr/$cluster
  holds "Dapr's resources for $cluster have them"
done

for wrong in 's/maxReplicaCount/maxReplicasCount/' 's/unhealthyPodEvictionPolicy/unhealthyPodPolicy/'; do
  sed "$wrong" "$work/gke.yaml" >"$work/wrong.yaml"
  ! conforms "$work/wrong.yaml" >/dev/null || fails "a field that nobody knows is seen: $wrong"
done
holds "fields that nobody knows are seen"
