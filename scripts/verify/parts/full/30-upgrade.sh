#!/usr/bin/env bash
# The charts on a real control plane: taken as they are, installed, upgraded, rolled back, drained and scaled, while a watch counts the ready
# pods at every moment. There are no containers: pods become ready by kwok's word, so this is about what Kubernetes is asked for, not about
# the program.
# shellcheck source=scripts/verify/part.sh
. scripts/verify/part.sh

with_tools helm kubectl kubeconform
control_plane
export NAMESPACE=tasklog RELEASE=tasklog API_CALLS=false
here=scripts/verify/cluster
tasklog() { kubectl --namespace "$NAMESPACE" "$@"; }

# watched FLOORS COMMAND...: the command, while every change of a pod is recorded; then the worst moment of each workload is judged.
watched() {
  local floors=$1 code=0 watching
  shift
  # By itself, not by the function above: what is ended below would be a shell, and its kubectl would write on.
  kubectl get --raw "/api/v1/namespaces/$NAMESPACE/pods?watch=true" > "$work/stream" 2> "$work/stream.error" &
  watching=$!
  with_part "$watching"
  # It begins with the pods that are there.
  for _ in $(seq 100); do [ ! -s "$work/stream" ] || break; sleep 0.1; done
  "$@" > "$work/command.log" 2>&1 || { code=$?; tail -n 20 "$work/command.log" >&2; }
  # What the command did may take a moment longer to be seen.
  sleep 2
  case " $(jobs -pr | tr '\n' ' ')" in
    *" $watching "*) ;;
    *) fails "the watch has not ended before its time: $(cat "$work/stream.error")" ;;
  esac
  kill "$watching"
  wait "$watching" 2>/dev/null || true
  gone "$watching"
  [ "$code" = 0 ] || fails "what was to be watched: $*"
  python3 "$here/ready.py" watch "$floors" < "$work/stream"
}
rollout_floors() { tasklog get deployments,statefulsets -o json | python3 "$here/ready.py" floors workloads > "$work/floors"; echo "$work/floors"; }
drain_floors() { tasklog get poddisruptionbudgets -o json | python3 "$here/ready.py" floors budgets > "$work/budgets"; echo "$work/budgets"; }
images() { tasklog get deployments,statefulsets -o json | jq -r '[.items[].spec.template.spec.containers[0].image] | unique | join(" ")'; }

kubectl create namespace "$NAMESPACE" > /dev/null
chart=$(pipelines/chart.sh "$work")

# ── manifests, compared with what this API server knows ──────────────────────────────────────────────────────────────────────────────────
# It takes custom resources before it tells of them.
kubectl get crd -o json | jq '[.items[].spec.names.kind]' > "$work/kinds.json"
told() {
  kubectl get --raw /openapi/v2 > "$work/openapi.json" &&
    jq -e --slurpfile kinds "$work/kinds.json" \
      '[.definitions[]["x-kubernetes-group-version-kind"] // [] | .[].kind] as $told | $kinds[0] - $told == []' "$work/openapi.json" > /dev/null
}
for _ in $(seq 60); do ! told || break; sleep 1; done
told || fails "the API server tells of the custom resources that it takes"
python3 "$here/schemas.py" "$work/schemas" < "$work/openapi.json"
conform() { kubeconform -strict -summary -schema-location "$work/schemas/{{.ResourceKind}}{{.KindSuffix}}.json" "$@"; }
for values in "$here/values.yaml" k8s/charts/tasklog/values-minikube.yaml; do
  helm template tasklog "$chart" --namespace "$NAMESPACE" --values "$values" > "$work/rendered.yaml"
  conform "$work/rendered.yaml"
  holds "what $values renders has the API server's own schemas"
done
sed 's/^  *replicas: .*/  replicaz: 2/' "$work/rendered.yaml" > "$work/wrong.yaml"
! conform "$work/wrong.yaml" > /dev/null || fails "a field that the server does not know is found"
holds "a field that the server does not know is found"
# What KEDA scales by the log, which needs its operator, is on GKE alone.
for role in projector notify; do
  helm template tasklog "$chart" --namespace "$NAMESPACE" --values k8s/charts/tasklog/values-gke.yaml --show-only "charts/$role/templates/all.yaml"
done > "$work/scaled.yaml"
[ "$(grep -c '^kind: ScaledObject$' "$work/scaled.yaml")" = 2 ] || fails "projector and notify are scaled by KEDA on GKE"
conform "$work/scaled.yaml"
kubectl apply --dry-run=server --namespace "$NAMESPACE" -f "$work/scaled.yaml" > /dev/null
holds "the API server takes what KEDA scales by, as KEDA defines it"
for components in k8s/dapr/minikube k8s/dapr/gke; do
  conform "$components"
  kubectl apply --dry-run=server --namespace "$NAMESPACE" -R -f "$components" > /dev/null
  holds "the API server takes $components"
done

# ── install ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
DEPLOY_TIMEOUT=5m pipelines/deploy.sh "$here/values.yaml"
[ "$(tasklog get jobs -o json | jq '[.items[] | select(.metadata.name | startswith("migrate")) | select(.status.failed)] | length')" = 0 ] || fails "the Job of the hook"
holds "the release is installed, its Job first"

# ── upgrade and rollback ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
IMAGE=tasklog:second DEPLOY_TIMEOUT=5m watched "$(rollout_floors)" pipelines/deploy.sh "$here/values.yaml"
[ "$(images)" = tasklog:second ] || fails "the upgrade put $(images) there"
holds "an upgrade leaves enough ready pods at every moment"
watched "$(rollout_floors)" helm rollback tasklog 1 --namespace "$NAMESPACE" --wait --timeout 5m
[ "$(images)" = tasklog:first ] || fails "the rollback put $(images) there"
holds "a rollback leaves enough ready pods at every moment"

# A node that does not exist: the new pods never start.
cat > "$work/broken.yaml" <<'BROKEN'
web: {nodeSelector: {kubernetes.io/hostname: nowhere}}
command: {nodeSelector: {kubernetes.io/hostname: nowhere}}
BROKEN
refused() { ! IMAGE=tasklog:broken DEPLOY_TIMEOUT=90s pipelines/deploy.sh "$here/values.yaml" "$work/broken.yaml"; }
watched "$(rollout_floors)" refused
[ "$(images)" = tasklog:first ] || fails "a deployment that failed left $(images)"
holds "a deployment that fails is rolled back by itself, and enough pods are ready at every moment"

# The same watch, without what protects: no surge, and all may go at once.
unprotected() {
  tasklog patch deployment web -p '{"spec":{"strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":"100%"}}}}'
  tasklog rollout restart deployment web
  tasklog rollout status deployment web --timeout 120s
}
floors=$(rollout_floors)
! watched "$floors" unprotected || fails "without a strategy that protects, the watch sees too few"
holds "without a strategy that protects, the watch sees too few"
tasklog patch deployment web -p '{"spec":{"strategy":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}' > /dev/null

# ── drain ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
drain_each() {
  for node in $(kubectl get nodes -o name); do
    kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --timeout 180s || return 1
    kubectl uncordon "$node" || return 1
  done
}
# minReadySeconds are over for all, so that a budget's own count is whole.
for workload in $(tasklog get deployments,statefulsets -o name); do tasklog rollout status "$workload" --timeout 120s > /dev/null; done
watched "$(drain_floors)" drain_each
holds "all nodes are drained, one after the other, within the disruption budgets"
# Both replicas at once, through the budget: the second one is refused.
evict() {
  printf '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"%s","namespace":"%s"}}' "$1" "$NAMESPACE" |
    kubectl create --raw "/api/v1/namespaces/$NAMESPACE/pods/$1/eviction" -f - 2>&1
}
for workload in $(tasklog get deployments,statefulsets -o name); do tasklog rollout status "$workload" --timeout 120s > /dev/null; done
pods=$(tasklog get pods -l app.kubernetes.io/component=web -o json | jq -r '.items[] | select(.metadata.deletionTimestamp | not) | .metadata.name')
answers=$(for pod in $pods; do evict "$pod" || true; done)
grep -q 'disruption budget' <<<"$answers" || fails "a second eviction at once is refused: $answers"
holds "a second eviction at once is refused"
tasklog rollout status deployment web --timeout 120s > /dev/null
delete_both() { tasklog delete pods -l app.kubernetes.io/component=web --wait=false; sleep 5; }
! watched "$(drain_floors)" delete_both || fails "past the budget, the watch sees too few"
holds "past the budget, the watch sees too few"

# ── autoscaling ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
port=$(scripts/verify/port.sh)
echo '{"cpu":{},"pods":{"http_requests_in_flight":{}}}' > "$work/usage.json"
API=$(kubectl config view --raw -o jsonpath='{.clusters[0].cluster.server}') TOKEN=$(kubectl config view --raw -o jsonpath='{.users[0].user.token}') \
  CA=$work/plane/ca.crt python3 "$here/metrics.py" "$port" "$work/usage.json" "$work/plane/server.crt" "$work/plane/server.key" &
with_part $!
kubectl apply -f - > /dev/null <<SERVICES
apiVersion: v1
kind: Service
metadata: {name: figures, namespace: kube-system}
spec: {type: ExternalName, externalName: localhost, ports: [{port: $port}]}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec: {group: metrics.k8s.io, version: v1beta1, groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: {name: figures, namespace: kube-system, port: $port}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta2.custom.metrics.k8s.io}
spec: {group: custom.metrics.k8s.io, version: v1beta2, groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: {name: figures, namespace: kube-system, port: $port}}
SERVICES
kubectl wait --for=condition=Available apiservice v1beta1.metrics.k8s.io v1beta2.custom.metrics.k8s.io --timeout=60s > /dev/null
replicas() { tasklog get deployment command -o jsonpath='{.spec.replicas}'; }
tasklog wait --for=condition=ScalingActive horizontalpodautoscaler command --timeout=120s > /dev/null
[ "$(replicas)" = 2 ] || fails "without load there are two replicas, not $(replicas)"
holds "without load the autoscaler reads its figures and leaves two replicas"
reaches() { for _ in $(seq 120); do [ "$(replicas)" -lt "$1" ] || return 0; sleep 1; done; tasklog describe horizontalpodautoscaler command >&2; return 1; }
echo '{"cpu":{},"pods":{"http_requests_in_flight":{"command":"45"}}}' > "$work/usage.json"
reaches 3 || fails "requests in flight above their target bring replicas"
holds "requests in flight above their target bring replicas: $(replicas)"
echo '{"cpu":{"command":"2000m"},"pods":{"http_requests_in_flight":{"command":"0"}}}' > "$work/usage.json"
reaches 6 || fails "processor time above its target brings replicas up to the limit"
sleep 10
[ "$(replicas)" = 6 ] || fails "the limit of six replicas is kept, not $(replicas)"
holds "processor time above its target brings replicas, up to the limit of six"
