#!/usr/bin/env bash
# Prints the custom resources that the charts and k8s/dapr use, for a control plane that has none of their operators. Dapr's are its own, from
# the module that scripts/dapr/fetch.sh builds daprd of; those of KEDA and of the Prometheus Operator are by name alone: what is in their
# objects is not checked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

version=$(sed -n 's/^version=//p' scripts/dapr/fetch.sh)
module=$(cd / && go mod download -json "github.com/dapr/dapr@v$version" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",\{0,1\}$/\1/p')
for file in "$module"/charts/dapr/crds/*.yaml; do
  echo ---
  cat "$file"
done

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
named keda.sh v1alpha1 ScaledObject scaledobjects
named keda.sh v1alpha1 TriggerAuthentication triggerauthentications
named monitoring.coreos.com v1 ServiceMonitor servicemonitors
named monitoring.coreos.com v1 PodMonitor podmonitors
named monitoring.coreos.com v1 PrometheusRule prometheusrules
