{{- define "notify.env" -}}
{{- if .Values.mail }}
- name: SMTP_FROM
  value: {{ .Values.smtpFrom | quote }}
{{- with .Values.smtpCaFile }}
- name: SMTP_CA_FILE
  value: {{ . | quote }}
{{- end }}
{{- end }}
- name: NOTIFY_ALLOW_PRIVATE
  value: {{ .Values.allowPrivate | quote }}
{{- if .Values.global.dapr.enabled }}
- name: DAPR_PUBSUB
  value: {{ .Values.pubsub | quote }}
{{- with .Values.deadLetterTopic }}
- name: DEAD_LETTER_TOPIC
  value: {{ . | quote }}
{{- end }}
{{- with .Values.stateStore }}
- name: DAPR_STATE_STORE
  value: {{ . | quote }}
{{- end }}
{{- with .Values.binding }}
- name: DAPR_BINDING
  value: {{ . | quote }}
{{- end }}
{{- with include "base-service.appTokenEnv" (dict "root" $) }}
{{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Webhooks and mail servers are anywhere but in private networks, where the cluster's own things are; where those are allowed, on any port. */}}
{{- define "notify.egress" -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        {{- if not .Values.allowPrivate }}
        except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, 100.64.0.0/10]
        {{- end }}
  {{- if not .Values.allowPrivate }}
  ports:
    {{- range list 25 443 465 587 }}
    - port: {{ . }}
    {{- end }}
  {{- end }}
{{- end }}

{{/* The consumer group of the sidecars. KEDA keeps to the partitions by itself as well (allowIdleConsumers). */}}
{{- define "notify.triggers" -}}
{{- $values := .root.Values -}}
- type: kafka
  metadata:
    bootstrapServers: {{ $values.global.kafka.brokers | quote }}
    consumerGroup: {{ $values.consumerGroup }}
    topic: reminders
    lagThreshold: {{ $values.autoscaling.lagRecords | quote }}
    offsetResetPolicy: earliest
    allowIdleConsumers: "false"
    {{- if $values.global.kafka.sasl }}
    sasl: {{ $values.autoscaling.saslMechanism }}
    tls: enable
  authenticationRef:
    name: notify-kafka
    {{- end }}
{{- end }}
