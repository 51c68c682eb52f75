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
{{- /* A store of Kubernetes reads Secrets with the rights of the pod that its sidecar is in: these, and no others. */}}
{{- $secret := .root.Values.global.secret }}
{{- $asked := include "base-service.secretNames" . | fromYamlArray }}
{{- if and $asked $secret.names (eq $secret.source "dapr") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
rules:
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: {{ toJson $secret.names }}
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
