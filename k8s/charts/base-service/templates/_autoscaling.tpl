{{- define "base-service.autoscaling" -}}
{{- if and .scaler .root.Values.autoscaling.enabled -}}
{{- if eq .scaler "requests" -}}
{{ include "base-service.hpa" . }}
{{- else -}}
{{ include "base-service.scaledObject" . }}
{{- end -}}
{{- end -}}
{{- end }}

{{/*
By the processor time of the role's own container (a sidecar's would dilute it), and by requests under way, which grow before that does
where the role waits for Kafka or Postgres. The latter needs an adapter for custom metrics; 0 leaves it out.
*/}}
{{- define "base-service.hpa" -}}
{{- $scaling := .root.Values.autoscaling -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: {{ include "base-service.kind" . }}
    name: {{ .role }}
  minReplicas: {{ $scaling.minReplicas }}
  maxReplicas: {{ $scaling.maxReplicas }}
  metrics:
    - type: ContainerResource
      containerResource:
        name: cpu
        container: {{ .role }}
        target:
          type: Utilization
          averageUtilization: {{ $scaling.cpuPercent }}
    {{- if $scaling.requestsInFlight }}
    - type: Pods
      pods:
        metric:
          name: http_requests_in_flight
        target:
          type: AverageValue
          averageValue: {{ $scaling.requestsInFlight | quote }}
    {{- end }}
  behavior:
    scaleUp:
      stabilizationWindowSeconds: 0
      policies:
        - type: Percent
          value: 100
          periodSeconds: 30
    # Slowly: each replica that goes breaks the live streams it serves.
    scaleDown:
      stabilizationWindowSeconds: 300
      policies:
        - type: Pods
          value: 1
          periodSeconds: 60
{{- end }}

{{/*
By what waits in the log, never above the number of partitions: a partition is read by one consumer of a group at a time, so a replica more
would have none. `scaler` names the template of the triggers.
*/}}
{{- define "base-service.scaledObject" -}}
{{- $scaling := .root.Values.autoscaling -}}
{{- $partitions := int .root.Values.global.kafka.partitions -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "base-service.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: {{ include "base-service.kind" . }}
    name: {{ .role }}
  minReplicaCount: {{ min $scaling.minReplicas $partitions }}
  maxReplicaCount: {{ min $scaling.maxReplicas $partitions }}
  pollingInterval: 15
  cooldownPeriod: 300
  # Where the lag cannot be read, as many as are safe; not none.
  fallback:
    failureThreshold: 4
    replicas: {{ min $scaling.minReplicas $partitions }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        # Each change of a consumer group stops all its partitions for a moment.
        scaleDown:
          stabilizationWindowSeconds: 300
          policies:
            - type: Pods
              value: 1
              periodSeconds: 60
  triggers:
    {{- include .scaler . | trim | nindent 4 }}
{{- end }}
