{{/* The pod of a role: not root, a root file system that cannot be written, no capability, the runtime's seccomp profile. */}}
{{- define "base-service.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "base-service.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "base-service.podMetadata" -}}
labels:
  {{- include "base-service.selector" . | nindent 2 }}
  app.kubernetes.io/part-of: tasklog
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  # `kubectl logs`, `exec` and `cp` take this container where a sidecar is beside it.
  kubectl.kubernetes.io/default-container: {{ .role }}
  {{- include "base-service.daprAnnotations" . | nindent 2 }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "base-service.daprAnnotations" -}}
{{- if include "base-service.sidecar" . -}}
{{- $global := .root.Values.global -}}
dapr.io/enabled: "true"
dapr.io/app-id: {{ .role }}
dapr.io/app-port: "8080"
dapr.io/app-protocol: http
dapr.io/config: {{ .daprConfig | default "tasklog" }}
dapr.io/log-as-json: "true"
dapr.io/log-level: {{ $global.dapr.logLevel }}
dapr.io/sidecar-cpu-request: {{ $global.dapr.cpuRequest | quote }}
dapr.io/sidecar-memory-request: {{ $global.dapr.memoryRequest | quote }}
dapr.io/sidecar-memory-limit: {{ $global.dapr.memoryLimit | quote }}
dapr.io/sidecar-seccomp-profile-type: RuntimeDefault
# The sidecar gets its SIGTERM when the role gets its own; it has to serve for as long as the role drains.
dapr.io/block-shutdown-duration: {{ printf "%ds" (int $global.drainSeconds) | quote }}
dapr.io/graceful-shutdown-seconds: {{ $global.shutdownSeconds | quote }}
{{- with $global.dapr.appTokenSecret }}
dapr.io/app-token-secret: {{ . }}
{{- end }}
{{- if $global.certificates }}
# Its state store may go by the same DATABASE_URL.
dapr.io/volume-mounts: certificates:/etc/tasklog/certificates
{{- end }}
{{- end -}}
{{- end }}

{{- define "base-service.podSpec" -}}
{{- $values := .root.Values -}}
{{- $global := $values.global -}}
serviceAccountName: {{ .role }}
# The role asks nothing of the API server; a Dapr sidecar does, by the rights of the pod.
automountServiceAccountToken: {{ ne (include "base-service.sidecar" .) "" }}
enableServiceLinks: false
# No preStop hook: the role itself says that it is not ready and goes on serving for DRAIN_SECONDS. Both have to fit in here.
terminationGracePeriodSeconds: {{ add $global.drainSeconds $global.shutdownSeconds }}
{{- with $global.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "base-service.podSecurity" . | nindent 2 }}
{{- if include "base-service.cloudSql" . }}
initContainers:
  {{- include "base-service.cloudSqlProxy" . | nindent 2 }}
{{- end }}
containers:
  - name: {{ .role }}
    image: {{ include "base-service.image" . | quote }}
    imagePullPolicy: {{ $global.image.pullPolicy }}
    args: [{{ .role }}]
    ports:
      - name: http
        containerPort: 8080
    env:
      {{- include "base-service.env" . | trim | nindent 6 }}
    # It listens at once, and answers when it has opened what it needs: Kafka may come up after it.
    startupProbe:
      httpGet:
        path: /livez
        port: http
      periodSeconds: 2
      timeoutSeconds: 2
      failureThreshold: {{ div $values.startupSeconds 2 }}
    livenessProbe:
      httpGet:
        path: /livez
        port: http
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    readinessProbe:
      httpGet:
        path: /readyz
        port: http
      periodSeconds: 2
      timeoutSeconds: 2
      failureThreshold: 2
    resources:
      {{- toYaml $values.resources | nindent 6 }}
    securityContext:
      {{- include "base-service.containerSecurity" . | nindent 6 }}
    volumeMounts:
      - name: tmp
        mountPath: /tmp
      {{- with include "base-service.certificatesMount" . }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- if .data }}
      - name: data
        mountPath: /data
      {{- end }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 32Mi
  {{- with include "base-service.certificatesVolume" . }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if and .data (ne (include "base-service.kind" .) "StatefulSet") }}
  - name: data
    emptyDir:
      sizeLimit: {{ $values.persistence.size }}
  {{- end }}
# Replicas apart, by zone and by node, as far as it can be done: a lost zone or node then takes few of them.
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "base-service.selector" $ | nindent 8 }}
  {{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Certificates of authorities that the image does not know: of a Kafka, a Postgres or a mail server of one's own. */}}
{{- define "base-service.certificatesMount" -}}
{{- if .root.Values.global.certificates -}}
- name: certificates
  mountPath: /etc/tasklog/certificates
  readOnly: true
{{- end -}}
{{- end }}

{{- define "base-service.certificatesVolume" -}}
{{- with .root.Values.global.certificates -}}
- name: certificates
  secret:
    secretName: {{ . }}
{{- end -}}
{{- end }}

{{/* A container that starts before the others and ends after them. */}}
{{- define "base-service.cloudSqlProxy" -}}
{{- $proxy := .root.Values.global.cloudSql -}}
- name: cloud-sql-proxy
  image: {{ $proxy.image | quote }}
  imagePullPolicy: IfNotPresent
  restartPolicy: Always
  args:
    - --structured-logs
    - --auto-iam-authn=false
    - --health-check
    - --http-address=0.0.0.0
    - --http-port=9801
    - --exit-zero-on-sigterm
    - --max-sigterm-delay={{ .root.Values.global.drainSeconds }}s
    {{- if $proxy.privateIp }}
    - --private-ip
    {{- end }}
    - {{ required "global.cloudSql.instance is not set" $proxy.instance | quote }}
  startupProbe:
    httpGet:
      path: /startup
      port: 9801
    periodSeconds: 1
    failureThreshold: 60
  resources:
    requests:
      cpu: 20m
      memory: 32Mi
      ephemeral-storage: 16Mi
    limits:
      memory: 128Mi
      ephemeral-storage: 32Mi
  securityContext:
    {{- include "base-service.containerSecurity" . | nindent 4 }}
{{- end }}
