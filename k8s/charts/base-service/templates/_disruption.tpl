{{/* A drain of nodes takes one replica at a time. Where there is one alone it would wait for ever: then none is asked for. */}}
{{- define "base-service.disruption" -}}
{{- $values := .root.Values -}}
{{- $least := $values.replicas -}}
{{- if and .scaler $values.autoscaling.enabled }}{{ $least = $values.autoscaling.minReplicas }}{{ end -}}
{{- if gt (int $least) 1 -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
spec:
  {{- toYaml $values.podDisruptionBudget | nindent 2 }}
  # A pod that is not ready anyway holds up no drain.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "base-service.selector" . | nindent 6 }}
{{- end -}}
{{- end }}
