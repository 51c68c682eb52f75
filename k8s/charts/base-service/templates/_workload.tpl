{{- define "base-service.workload" -}}
{{- $values := .root.Values -}}
{{- $stateful := eq (include "base-service.kind" .) "StatefulSet" -}}
apiVersion: apps/v1
kind: {{ include "base-service.kind" . }}
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
spec:
  {{- if not (and .scaler $values.autoscaling.enabled) }}
  replicas: {{ $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      {{- include "base-service.selector" . | nindent 6 }}
  {{- if $stateful }}
  serviceName: {{ .role }}-replicas
  # Each replica is on its own: none waits for another to start. An upgrade still replaces one after the other.
  podManagementPolicy: Parallel
  updateStrategy:
    type: RollingUpdate
  # The volume can be filled from the log again, so that of a replica which is no longer wanted goes with it.
  persistentVolumeClaimRetentionPolicy:
    whenScaled: Delete
    whenDeleted: Delete
  volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata:
        name: data
        labels:
          {{- include "base-service.selector" . | nindent 10 }}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with $values.persistence.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests:
            storage: {{ $values.persistence.size }}
  {{- else }}
  # A new pod is ready before an old one goes.
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  {{- end }}
  # A pod that is ready for so long counts; until then an upgrade goes no further.
  minReadySeconds: 5
  template:
    metadata:
      {{- include "base-service.podMetadata" . | nindent 6 }}
    spec:
      {{- include "base-service.podSpec" . | nindent 6 }}
{{- end }}
