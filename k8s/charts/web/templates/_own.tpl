{{/* With Dapr, calls of `command` and `query` go by service invocation: the sidecar of either lets `web` pass and nobody else. */}}
{{- define "web.env" -}}
{{- range $role := list "command" "query" "process" "notify" }}
- name: {{ upper $role }}_URL
  {{- if and $.Values.global.dapr.enabled (has $role (list "command" "query")) }}
  value: http://127.0.0.1:3500/v1.0/invoke/{{ $role }}/method
  {{- else }}
  value: http://{{ $role }}:8080
  {{- end }}
{{- end }}
{{- if .Values.global.dapr.enabled }}
# A sidecar holds answers back until it has some of them: live streams go past it.
- name: EVENTS_URL
  value: http://query:8080
{{- end }}
{{- with .Values.jaegerUiUrl }}
- name: JAEGER_UI_URL
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "web.egress" -}}
{{- range $role := list "command" "query" "process" "notify" }}
{{- $other := dict "root" $ "role" $role }}
- to:
    {{- include "base-service.rolePeer" $other | nindent 4 }}
  ports:
    {{- include "base-service.portsFor" $other | trim | nindent 4 }}
{{- end }}
{{- end }}
