{{/*
The ports by which other roles reach this one: its own, or its sidecar's where they come by service invocation. Live streams do not go that
way (EVENTS_URL), so `query` is reached by both.
*/}}
{{- define "base-service.portsFor" -}}
{{- $invoked := and .root.Values.global.dapr.enabled (has .role (list "command" "query")) -}}
{{- if $invoked }}
- port: 50002
{{- end }}
{{- if or (not $invoked) (eq .role "query") }}
- port: 8080
{{- end }}
{{- end }}

{{- define "base-service.network" -}}
{{- $global := .root.Values.global -}}
{{- if $global.networkPolicy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "base-service.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    # Prometheus: the role, and its sidecar where it has one.
    - from:
        {{- include "base-service.namespacePeer" $global.monitoring.namespace | nindent 8 }}
      ports:
        - port: 8080
        {{- if include "base-service.sidecar" . }}
        - port: 9090
        {{- end }}
    {{- with .clients }}
    - from:
        {{- range . }}
        {{- include "base-service.rolePeer" (dict "root" $.root "role" .) | nindent 8 }}
        {{- end }}
      ports:
        {{- include "base-service.portsFor" $ | trim | nindent 8 }}
    {{- end }}
    {{- if .web }}
    - from:
        {{- include "base-service.namespacePeer" $global.networkPolicy.ingressNamespace | nindent 8 }}
        {{- with $global.networkPolicy.webPeers }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - port: 8080
    {{- end }}
  egress:
    {{- include "base-service.egress" . | trim | nindent 4 }}
{{- end -}}
{{- end }}

{{- define "base-service.namespacePeer" -}}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ . }}
{{- end }}

{{- define "base-service.rolePeer" -}}
- podSelector:
    matchLabels:
      {{- include "base-service.selector" . | nindent 6 }}
{{- end }}

{{- define "base-service.egress" -}}
{{- $global := .root.Values.global -}}
{{- include "base-service.egressDns" . }}
{{- with include "base-service.egressData" . | trim }}
{{ . }}
{{- end }}
{{- if $global.telemetry.otlpEndpoint }}
- to:
    - namespaceSelector: {}
  ports:
    - port: {{ $global.telemetry.otlpPort }}
{{- end }}
{{- if include "base-service.sidecar" . }}
# The sidecar: its control plane, the API server (Secrets) and, where it reads secrets there, the cloud's interface.
- to:
    {{- include "base-service.namespacePeer" $global.dapr.namespace | nindent 4 }}
- ports:
    - port: 443
    - port: 6443
    - port: 8443
{{- end }}
{{- with .egress }}
{{ toYaml . }}
{{- end }}
{{- with $global.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Names: the cluster's own servers, and the one of each node that GKE puts before them. */}}
{{- define "base-service.egressDns" -}}
- to:
    {{- include "base-service.namespacePeer" "kube-system" | nindent 4 }}
    - ipBlock:
        cidr: 169.254.20.10/32
  ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end }}

{{/* Kafka and Postgres; anywhere where it is not said where they are. */}}
{{- define "base-service.egressData" -}}
{{- $global := .root.Values.global -}}
{{- $asked := dict "kafka" .kafka "postgres" (and .postgres (not $global.cloudSql.enabled)) -}}
{{- range $name := list "kafka" "postgres" }}
{{- if get $asked $name }}
{{- $target := get $global $name }}
- ports:
    {{- range $target.ports }}
    - port: {{ . }}
    {{- end }}
  {{- with $target.peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- if include "base-service.cloudSql" . }}
# The proxy: the instance itself, and the interface that says where that is.
- ports:
    - port: 3307
    - port: 443
{{- end }}
{{- end }}
