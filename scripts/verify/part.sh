#!/usr/bin/env bash
# What the parts of the full verification begin with; each sources it, from the root of the repository. It makes the folder $work, which goes away
# when the part ends, after all that was started on the way: a part names those processes (with_part), and says in at_end what else has to end.
set -euo pipefail

work=$(mktemp -d)
# Postgres, and the program in its image, run as other users.
chmod 755 "$work"
children=' '

holds() { echo "holds: $*"; }
fails() { echo "does not hold: $*" >&2; exit 1; }

# with_part PID: it is ended with the part. gone PID: not any more.
with_part() { children=" $1$children"; }
gone() { children=${children/ $1 / }; }

at_end() { :; }
end_of_part() {
  local pid
  at_end || true
  for pid in $children; do kill "$pid" 2>/dev/null || true; done
  for pid in $children; do wait "$pid" 2>/dev/null || true; done
  [ ! -e "$work/plane" ] || scripts/verify/control-plane.sh stop "$work/plane" || true
  rm -rf "$work"
}
trap end_of_part EXIT

# answers URL PID LOG [SECONDS]: waits until the URL answers, two minutes by default, while the process lives; else the end of its log is shown.
answers() {
  for _ in $(seq $((2 * ${4:-120}))); do
    ! curl -fso /dev/null "$1" || return 0
    kill -0 "$2" 2>/dev/null || break
    sleep 0.5
  done
  tail -n 20 "$3" >&2
  fails "$1 answers"
}

# with_tools NAME...: these pinned tools, before all others in PATH.
with_tools() {
  local tool path
  mkdir -p "$work/tools"
  for tool in "$@"; do
    path=$(scripts/verify/tool.sh "$tool")
    ln -s "$path" "$work/tools/$tool"
  done
  export PATH=$work/tools:$PATH
}

# control_plane: starts one, with the custom resources that the charts and k8s/dapr use, and names it in KUBECONFIG. What is kept of it is in
# $work/plane.
control_plane() {
  local kubectl
  kubectl=$(scripts/verify/tool.sh kubectl)
  KUBECONFIG=$(scripts/verify/control-plane.sh start "$work/plane")
  export KUBECONFIG
  scripts/verify/cluster/crds.sh | "$kubectl" apply --server-side -f - > /dev/null
  "$kubectl" wait --for=condition=Established crd --all --timeout=60s > /dev/null
}
