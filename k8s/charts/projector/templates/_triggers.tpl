{{/*
A projector has no consumer group: its positions are in Postgres, with the rows. How far it is behind it says itself; each replica says it of
all partitions, so the largest counts.
*/}}
{{- define "projector.triggers" -}}
- type: prometheus
  metadata:
    serverAddress: {{ .root.Values.global.prometheusAddress }}
    query: sum(max by (projection, topic, partition) (tasklog_projection_lag_records{namespace="{{ .root.Release.Namespace }}",job="projector"}))
    threshold: {{ .root.Values.autoscaling.lagRecords | quote }}
{{- end }}
