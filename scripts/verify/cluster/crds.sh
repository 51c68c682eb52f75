#!/usr/bin/env bash
# Prints the custom resources that the charts and k8s/dapr use, for a control plane that has none of their operators; `crds.sh files` prints the
# files in which their makers define them, one a line. Dapr's are those of the module that scripts/dapr/fetch.sh builds daprd of, KEDA's those
# of its own module; those of the Prometheus Operator are by name alone: what is in their objects is not checked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
dapr=$(sed -n 's/^version=//p' scripts/dapr/fetch.sh)
keda=2.17.0

# Of KEDA what the charts make: one of its other definitions alone is 600 KB.
files() {
  local module
  module=$(downloaded "github.com/dapr/dapr@v$dapr")
  printf '%s\n' "$module"/charts/dapr/crds/*.yaml
  module=$(downloaded "github.com/kedacore/keda/v2@v$keda")
  printf '%s\n' "$module"/config/crd/bases/keda.sh_{scaledobjects,triggerauthentications}.yaml
}
downloaded() { (cd / && go mod download -json "$1") | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",\{0,1\}$/\1/p'; }

# named GROUP VERSION KIND PLURAL
named() {
  cat <<CRD
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: $4.$1
spec:
  group: $1
  scope: Namespaced
  names: {kind: $3, plural: $4, singular: $(tr '[:upper:]' '[:lower:]' <<<"$3"), listKind: $3List}
  versions:
    - name: $2
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
CRD
}

case ${1:-} in
  files) files ;;
  '')
    files | while read -r file; do
      # Not every one of them ends with the end of a line.
      printf '\n---\n'
      cat "$file"
    done
    named monitoring.coreos.com v1 ServiceMonitor servicemonitors
    named monitoring.coreos.com v1 PodMonitor podmonitors
    named monitoring.coreos.com v1 PrometheusRule prometheusrules
    ;;
  *) echo "scripts/verify/cluster/crds.sh [files]" >&2; exit 2 ;;
esac
