{{/* A service account for each role, so that each can be given rights of its own. */}}
{{- define "base-service.account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
  {{- with .root.Values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- if include "base-service.sidecar" . }}
{{- /* The built-in secret store of a sidecar reads Secrets with the rights of its pod: these, and no others. */}}
{{- $dapr := .root.Values.global.dapr }}
{{- $secrets := list .root.Values.global.secret.name }}
{{- with $dapr.appTokenSecret }}{{ $secrets = append $secrets . }}{{ end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
rules:
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: {{ toJson $secrets }}
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .role }}
subjects:
  - kind: ServiceAccount
    name: {{ .role }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
{{- end }}
