#!/usr/bin/env bash
# A real control plane of Kubernetes on the loopback address: etcd, API server, controllers, scheduler, and kwok for the nodes.
#   scripts/verify/control-plane.sh start DIR   starts it with all it keeps in DIR; prints the path of a kubeconfig for an administrator
#   scripts/verify/control-plane.sh stop DIR    ends its processes, by their numbers; what is in DIR stays
# It runs no container and enforces no network policy. Ports are free ones; certificates are made anew, for a month. It takes about 700 MB.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

NODES=6
ZONES=3
# Nobody makes volumes here: claims are bound to these.
VOLUMES=24

free_port() { "$here/port.sh"; }

# launch NAME COMMAND...: in the background, with its log and its number in the folder.
launch() {
  local name=$1
  shift
  setsid "$@" > "$folder/$name.log" 2>&1 < /dev/null &
  echo $! > "$folder/$name.pid"
}

# wait_for NAME WHAT COMMAND...: until the command succeeds; the process NAME must live meanwhile.
wait_for() {
  local name=$1 what=$2
  shift 2
  for _ in $(seq 480); do
    ! "$@" > /dev/null 2>&1 || return 0
    kill -0 "$(cat "$folder/$name.pid")" 2>/dev/null || break
    sleep 0.25
  done
  echo "$what did not come; the end of $folder/$name.log:" >&2
  tail -n 20 "$folder/$name.log" >&2
  return 1
}

certificates() {
  local key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
  openssl req -x509 "${key[@]}" -days 30 -subj /CN=tasklog-verify -keyout "$folder/ca.key" -out "$folder/ca.crt"
  openssl req "${key[@]}" -subj /CN=kube-apiserver -keyout "$folder/server.key" -out "$folder/server.csr"
  echo 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc' > "$folder/server.ext"
  openssl x509 -req -in "$folder/server.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial -days 30 \
    -extfile "$folder/server.ext" -out "$folder/server.crt"
  openssl genrsa -out "$folder/accounts.key" 2048
  openssl rsa -in "$folder/accounts.key" -pubout -out "$folder/accounts.pub"
}

# user NAME USER [GROUP]: a token of its own for it, and a kubeconfig with that.
user() {
  local token
  token=$(openssl rand -hex 16)
  echo "$token,$2,$2${3:+,$3}" >> "$folder/tokens.csv"
  cat > "$folder/$1.kubeconfig" <<KUBECONFIG
apiVersion: v1
kind: Config
current-context: verify
clusters:
  - name: verify
    cluster: {server: "https://127.0.0.1:$api", certificate-authority: "$folder/ca.crt"}
users:
  - name: $1
    user: {token: "$token"}
contexts:
  - name: verify
    context: {cluster: verify, user: $1}
KUBECONFIG
  chmod 600 "$folder/$1.kubeconfig"
}

nodes() {
  local node
  for node in $(seq "$NODES"); do
    cat <<NODE
---
apiVersion: v1
kind: Node
metadata:
  name: node-$node
  labels:
    kubernetes.io/hostname: node-$node
    kubernetes.io/os: linux
    kubernetes.io/arch: amd64
    topology.kubernetes.io/region: here
    topology.kubernetes.io/zone: zone-$((node % ZONES))
status:
  allocatable: &size {cpu: "8", memory: 32Gi, pods: "110", ephemeral-storage: 100Gi}
  capacity: *size
NODE
  done
}

volumes() {
  local volume
  for volume in $(seq "$VOLUMES"); do
    cat <<VOLUME
---
apiVersion: v1
kind: PersistentVolume
metadata:
  name: volume-$volume
spec:
  capacity: {storage: 100Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  hostPath: {path: /nowhere/$volume}
VOLUME
  done
}

start() {
  local tool client peer
  mkdir -p "$folder"
  [ ! -e "$folder/kube-apiserver.pid" ] || { echo "$folder has had a control plane; take another folder" >&2; exit 1; }
  declare -A program
  for tool in etcd kube-apiserver kube-controller-manager kube-scheduler kwok kubectl; do program[$tool]=$("$here/tool.sh" "$tool"); done
  client=$(free_port) peer=$(free_port) api=$(free_port)
  certificates 2> "$folder/openssl.log" || { cat "$folder/openssl.log" >&2; exit 1; }
  user admin admin system:masters
  user kwok kwok system:masters
  user controllers system:kube-controller-manager
  user scheduler system:kube-scheduler

  launch etcd "${program[etcd]}" --data-dir "$folder/etcd" --unsafe-no-fsync \
    --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
    --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "default=http://127.0.0.1:$peer"
  # No endpoints of its own service: an endpoint may not be a loopback address. What is advertised is an address of no host.
  launch kube-apiserver "${program[kube-apiserver]}" --etcd-servers "http://127.0.0.1:$client" \
    --bind-address 127.0.0.1 --secure-port "$api" --advertise-address 192.0.2.1 --endpoint-reconciler-type none \
    --tls-cert-file "$folder/server.crt" --tls-private-key-file "$folder/server.key" --client-ca-file "$folder/ca.crt" \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$folder/accounts.pub" \
    --service-account-signing-key-file "$folder/accounts.key" --service-cluster-ip-range 10.96.0.0/16 \
    --authorization-mode RBAC --token-auth-file "$folder/tokens.csv"
  export KUBECONFIG=$folder/admin.kubeconfig
  wait_for kube-apiserver "the API server" "${program[kubectl]}" get --raw /readyz
  # Controllers act by accounts of their own, with the rights that a cluster gives them; autoscalers look often and forget soon. Nodes that are
  # played say too seldom that they live, and a pod that was called unready with its node would stay so: no kubelet says otherwise.
  launch kube-controller-manager "${program[kube-controller-manager]}" --kubeconfig "$folder/controllers.kubeconfig" --leader-elect=false \
    --bind-address 127.0.0.1 --secure-port "$(free_port)" --cert-dir "$folder/controllers" --use-service-account-credentials \
    --service-account-private-key-file "$folder/accounts.key" --root-ca-file "$folder/ca.crt" \
    --horizontal-pod-autoscaler-sync-period 2s --horizontal-pod-autoscaler-initial-readiness-delay 1s \
    --horizontal-pod-autoscaler-cpu-initialization-period 1s --node-monitor-grace-period 1h
  launch kube-scheduler "${program[kube-scheduler]}" --kubeconfig "$folder/scheduler.kubeconfig" --leader-elect=false \
    --bind-address 127.0.0.1 --secure-port "$(free_port)" --cert-dir "$folder/scheduler"
  launch kwok "${program[kwok]}" --kubeconfig "$folder/kwok.kubeconfig" --config "$here/cluster/stages.yaml" \
    --manage-all-nodes --cidr 10.244.0.0/16 --node-ip 10.0.0.1
  { nodes; volumes; } | "${program[kubectl]}" apply -f - 1>&2
  wait_for kwok "ready nodes" "${program[kubectl]}" wait --for=condition=Ready node --all --timeout=1s
  # Where pods of a namespace cannot be made without it.
  wait_for kube-controller-manager "the first service account" "${program[kubectl]}" get serviceaccount default
  echo "$KUBECONFIG"
}

# Whether it runs: one that has ended, and whose end nobody has asked for yet, does not.
runs() { kill -0 "$1" 2>/dev/null && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; }

stop() {
  local name pid
  for name in kwok kube-scheduler kube-controller-manager kube-apiserver etcd; do
    [ -e "$folder/$name.pid" ] || continue
    pid=$(cat "$folder/$name.pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 80); do runs "$pid" || break; sleep 0.25; done
    ! runs "$pid" || kill -KILL "$pid" 2>/dev/null || true
    rm "$folder/$name.pid"
  done
}

action=${1:-} folder=${2:-}
[ -n "$folder" ] || { echo "scripts/verify/control-plane.sh start|stop DIR" >&2; exit 2; }
case $action in
  start)
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    # Half a control plane is of no use to anybody.
    trap '[ $? = 0 ] || stop' EXIT
    start
    ;;
  stop) stop ;;
  *) echo "scripts/verify/control-plane.sh start|stop DIR" >&2; exit 2 ;;
esac
