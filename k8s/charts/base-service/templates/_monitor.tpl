{{- define "base-service.monitor" -}}
{{- $monitoring := .root.Values.global.monitoring -}}
{{- if $monitoring.serviceMonitor -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
    {{- with $monitoring.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  # The value of the label `job` in every alert and on every dashboard.
  jobLabel: app.kubernetes.io/component
  selector:
    matchLabels:
      {{- include "base-service.selector" . | nindent 6 }}
  endpoints:
    - port: http
      path: /metrics
      interval: {{ $monitoring.interval }}
{{- end -}}
{{- end }}
