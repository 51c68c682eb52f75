{{/* The variables of a role. What a chart sets here is in docs/configuration.md, which the verification compares. */}}
{{- define "base-service.env" -}}
{{- $global := .root.Values.global -}}
- name: LISTEN
  value: "0.0.0.0:8080"
- name: DRAIN_SECONDS
  value: {{ $global.drainSeconds | quote }}
{{- include "base-service.telemetryEnv" . | nindent 0 }}
{{- if .data }}
- name: DATA_DIR
  value: /data
{{- end }}
{{- include "base-service.logEnv" . | nindent 0 }}
{{- with .env }}
{{ toYaml . }}
{{- end }}
{{- include "base-service.secretEnv" . | nindent 0 }}
{{- end }}

{{- define "base-service.telemetryEnv" -}}
{{- $telemetry := .root.Values.global.telemetry -}}
- name: LOG_FORMAT
  value: json
- name: RUST_LOG
  value: {{ $telemetry.log | quote }}
{{- with $telemetry.googleCloudProject }}
- name: GOOGLE_CLOUD_PROJECT
  value: {{ . | quote }}
{{- end }}
{{- with $telemetry.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
- name: TRACE_SHARE
  value: {{ $telemetry.traceShare | quote }}
{{- end }}
{{- end }}

{{/* Where the log is. */}}
{{- define "base-service.logEnv" -}}
{{- if .kafka -}}
{{- $kafka := .root.Values.global.kafka -}}
- name: KAFKA_BROKERS
  value: {{ required "global.kafka.brokers is not set" $kafka.brokers | quote }}
- name: TOPIC_PARTITIONS
  value: {{ $kafka.partitions | quote }}
{{- if $kafka.options }}
{{- $pairs := list -}}
{{- range $key, $value := $kafka.options -}}
{{- $pairs = append $pairs (printf "%s=%v" $key $value) -}}
{{- end }}
- name: KAFKA_OPTIONS
  value: {{ join "," $pairs | quote }}
{{- end }}
{{- end -}}
{{- end }}

{{/* Which variables are secret: a list as YAML. */}}
{{- define "base-service.secretNames" -}}
{{- if .postgres }}
- name: DATABASE_URL
{{- end }}
{{- if and .kafka .root.Values.global.kafka.sasl }}
- name: KAFKA_USERNAME
- name: KAFKA_PASSWORD
{{- end }}
{{- with .secrets }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "base-service.secretEnv" -}}
{{- $global := .root.Values.global -}}
{{- $secrets := include "base-service.secretNames" . | fromYamlArray -}}
{{- if and $secrets (eq $global.secret.source "dapr") -}}
{{- if not $global.dapr.enabled }}{{ fail "global.secret.source is dapr, and global.dapr.enabled is false" }}{{ end -}}
- name: DAPR_SECRET_STORE
  value: {{ $global.secret.store | quote }}
- name: DAPR_SECRETS
  {{- $names := $global.secret.names }}
  {{- if not $names }}
  {{- range $secrets }}{{ $names = append $names .name }}{{ end }}
  {{- end }}
  value: {{ join "," $names | quote }}
{{- else -}}
{{- range $secrets }}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ $global.secret.name }}
      key: {{ .name }}
{{- end }}
{{- end -}}
{{- end }}

{{/* The token that the sidecar has to show. Its Secret has one key, as daprd wants it. */}}
{{- define "base-service.appTokenEnv" -}}
{{- if and .root.Values.global.dapr.enabled .root.Values.global.dapr.appTokenSecret -}}
- name: APP_API_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.global.dapr.appTokenSecret }}
      key: token
{{- end -}}
{{- end }}
