{{- define "base-service.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
  {{- with .root.Values.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: ClusterIP
  selector:
    {{- include "base-service.selector" . | nindent 4 }}
  ports:
    - name: http
      port: 8080
      targetPort: http
{{- if eq (include "base-service.kind" .) "StatefulSet" }}
---
# Names each replica, as a StatefulSet needs it. Without the label by which metrics are read: each replica would be read twice.
apiVersion: v1
kind: Service
metadata:
  name: {{ .role }}-replicas
  namespace: {{ .root.Release.Namespace }}
  labels:
    app.kubernetes.io/part-of: tasklog
    app.kubernetes.io/managed-by: {{ .root.Release.Service }}
    helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
spec:
  type: ClusterIP
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "base-service.selector" . | nindent 4 }}
  ports:
    - name: http
      port: 8080
      targetPort: http
{{- end }}
{{- end }}
