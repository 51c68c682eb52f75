#!/usr/bin/env bash
# Looks whether what was deployed works: every workload is rolled out, and a task can be written, read by its token, and deleted again.
#   RELEASE, NAMESPACE   tasklog
#   API_URL              where the API answers; without it a port of the service `web` is forwarded
#   API_CALLS=false      only looks at the workloads: for a control plane without containers behind it
set -euo pipefail

release=${RELEASE:-tasklog} namespace=${NAMESPACE:-tasklog}

for workload in $(kubectl --namespace "$namespace" get deployments,statefulsets --selector "app.kubernetes.io/instance=$release" --output name); do
  kubectl --namespace "$namespace" rollout status "$workload" --timeout 120s
done
if [ "${API_CALLS:-true}" = false ]; then
  echo "API_CALLS is false: no call of the API was tried"
  exit 0
fi

work=$(mktemp -d)
forward=''
trap '[ -z "$forward" ] || kill "$forward" 2>/dev/null; rm -rf "$work"' EXIT
url=${API_URL:-}
if [ -z "$url" ]; then
  kubectl --namespace "$namespace" port-forward service/web :8080 > "$work/forward" 2>&1 &
  forward=$!
  for _ in $(seq 60); do
    port=$(sed -n 's/^Forwarding from 127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$work/forward")
    [ -z "$port" ] || break
    sleep 0.5
  done
  [ -n "$port" ] || { echo "service/web takes no connections:" >&2; cat "$work/forward" >&2; exit 1; }
  url=http://127.0.0.1:$port
fi

# call STATUS CURL-ARGUMENTS...: the body goes to $work/body, the head to $work/head.
call() {
  local status
  status=$(curl -sS --max-time 30 -D "$work/head" -o "$work/body" -w '%{http_code}' "${@:2}")
  [ "$status" = "$1" ] || { echo "$status instead of $1: ${*:2}" >&2; cat "$work/body" >&2; exit 1; }
}

call 200 "$url/readyz"
call 201 "$url/tasks" -H 'content-type: application/json' -d '{"title":"Written by a deployment, to be deleted at once"}'
id=$(jq -r .id "$work/body")
token=$(tr -d '\r' < "$work/head" | sed -n 's/^[Cc]onsistency-[Tt]oken: //p')
call 200 "$url/tasks/$id" -H "consistency-token: $token"
call 200 "$url/tasks?q=deployment" -H "consistency-token: $token"
jq -e --arg id "$id" 'any(.items[]; .id == $id)' "$work/body" >/dev/null || { echo "a search does not find what was written" >&2; exit 1; }
call 204 -X DELETE "$url/tasks/$id"
echo "a task was written, read, found and deleted at $url"
