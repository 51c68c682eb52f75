#!/usr/bin/env bash
# The scrape configuration for a Prometheus without operator, by a real Prometheus on a real control plane: with the rights of
# prometheus-rbac.yaml alone it finds each replica of each role once, under the role's name, and sidecars and brokers, and nothing of others.
# What it finds answers nothing: there are no containers.
# shellcheck source=scripts/verify/part.sh
. scripts/verify/part.sh

with_tools helm kubectl prometheus
control_plane
export API_CALLS=false DEPLOY_TIMEOUT=5m
scrape=k8s/monitoring/scrape

kubectl create namespace monitoring > /dev/null
kubectl apply -f $scrape/prometheus-rbac.yaml > /dev/null
pipelines/deploy.sh scripts/verify/cluster/values.yaml > /dev/null
# A sidecar as Dapr's injector makes it, a broker, and a pod of somebody else's with a port of the same name.
kubectl --namespace default apply -f - > /dev/null <<'PODS'
apiVersion: v1
kind: Pod
metadata: {name: with-sidecar, annotations: {dapr.io/enabled: "true", dapr.io/app-id: command}}
spec:
  containers:
    - {name: app, image: app, ports: [{name: web, containerPort: 8080}]}
    - {name: daprd, image: daprd, ports: [{name: dapr-http, containerPort: 3500}, {name: dapr-metrics, containerPort: 9090}]}
---
apiVersion: v1
kind: Pod
metadata: {name: broker}
spec: {containers: [{name: kafka, image: kafka, ports: [{name: kafka, containerPort: 9092}, {name: jmx, containerPort: 9404}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: foreign, labels: {app.kubernetes.io/part-of: another}}
spec: {containers: [{name: app, image: app, ports: [{name: http, containerPort: 8080}]}]}
PODS
kubectl --namespace default wait --for=condition=Ready pod --all --timeout=60s > /dev/null

# In a pod it would find all of this by itself: the API server, its certificate and its own token.
mkdir "$work/account" "$work/rules"
cp "$work/plane/ca.crt" "$work/account/ca.crt"
kubectl --namespace monitoring create token prometheus --duration 1h > "$work/account/token"
cat > "$work/prometheus.kubeconfig" <<KUBECONFIG
apiVersion: v1
kind: Config
current-context: verify
clusters:
  - name: verify
    cluster: {server: "$(kubectl config view --raw -o jsonpath='{.clusters[0].cluster.server}')", certificate-authority: "$work/account/ca.crt"}
users:
  - name: prometheus
    user: {tokenFile: "$work/account/token"}
contexts:
  - name: verify
    context: {cluster: verify, user: prometheus}
KUBECONFIG
sed -e "s#^\( *\)- role: \(pod\|node\)\$#&\n\1  kubeconfig_file: $work/prometheus.kubeconfig#" \
  -e "s|/var/run/secrets/kubernetes.io/serviceaccount|$work/account|" -e "s|/etc/prometheus/rules|$work/rules|" \
  $scrape/prometheus.yaml > "$work/prometheus.yaml"
cp k8s/monitoring/alerts/*.yaml "$work/rules"
listen=127.0.0.1:$(scripts/verify/port.sh)
prometheus --config.file "$work/prometheus.yaml" --storage.tsdb.path "$work/data" --web.listen-address "$listen" > "$work/prometheus.log" 2>&1 &
prometheus=$!
with_part "$prometheus"

expected() {
  kubectl --namespace tasklog get pods -o json |
    jq -r '.items[] | select(.status.phase == "Running") | "\(.metadata.labels["app.kubernetes.io/component"]) \(.metadata.name)"'
  echo "dapr with-sidecar"
  echo "kafka broker"
}
# found FILE: the targets of pods, as role and pod.
found() {
  curl -fsS "http://$listen/api/v1/targets?state=active" 2>> "$work/curl.log" |
    jq -r '.data.activeTargets[] | select(.scrapePool | IN("tasklog", "dapr", "kafka")) | "\(.labels.job) \(.labels.pod)"' | sort > "$1"
}
for _ in $(seq 120); do
  # Asked each time: an autoscaler may only now bring the replicas that it has to.
  expected | sort > "$work/expected"
  if found "$work/found" && cmp -s "$work/expected" "$work/found"; then break; fi
  kill -0 "$prometheus" 2>/dev/null || { tail -n 20 "$work/prometheus.log" >&2; exit 1; }
  sleep 0.5
done
diff "$work/expected" "$work/found" >&2 || { tail -n 20 "$work/prometheus.log" >&2; fails "it finds the pods that there are"; }
[ "$(cut -d' ' -f1 "$work/found" | sort -u | tr '\n' ' ')" = "command dapr kafka notify process projector query web " ] || fails "every role is found"
holds "each of $(wc -l < "$work/found") pods is found once, under the name of its role"
may() { kubectl auth can-i "$1" "$2" --all-namespaces --as system:serviceaccount:monitoring:prometheus 2>/dev/null || true; }
[ "$(may list pods) $(may list nodes) $(may list secrets) $(may delete pods)" = "yes yes no no" ] ||
  fails "it may look at pods and nodes, and do nothing else"
holds "it may look at pods and nodes, and neither read secrets nor change anything"
