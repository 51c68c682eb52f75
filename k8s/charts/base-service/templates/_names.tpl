{{/*
All of these take a dict: `root`, the context of the chart that calls, and `role`, which is a subcommand of the binary and the name of
everything that is made for it. What else it may hold is said in _all.tpl.
*/}}

{{- define "base-service.selector" -}}
app.kubernetes.io/name: tasklog
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "base-service.labels" -}}
{{ include "base-service.selector" . }}
app.kubernetes.io/part-of: tasklog
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "base-service.metadata" -}}
name: {{ .role }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "base-service.labels" . | nindent 2 }}
{{- end }}

{{- define "base-service.image" -}}
{{- $image := .root.Values.global.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Deployment, or StatefulSet where each replica keeps a volume of its own. */}}
{{- define "base-service.kind" -}}
{{- if and .data (.root.Values.persistence).enabled }}StatefulSet{{ else }}Deployment{{ end -}}
{{- end }}

{{/* "true" where a Dapr sidecar is injected. */}}
{{- define "base-service.sidecar" -}}
{{- if .root.Values.global.dapr.enabled }}true{{ end -}}
{{- end }}

{{/* "true" where the pod has the Cloud SQL Auth Proxy. */}}
{{- define "base-service.cloudSql" -}}
{{- if and .postgres .root.Values.global.cloudSql.enabled }}true{{ end -}}
{{- end }}
