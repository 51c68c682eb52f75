{{/*
Everything of one role. The dict holds, beside `root` and `role`:
  kafka, postgres   true where the role needs it
  data              true where it keeps files (DATA_DIR)
  env               more variables, a list of the form of a container's
  secrets           more variables that are read from the secret, each as {name}
  clients           roles that call this one
  web               true where people's requests come in
  egress            more rules of its network policy
  scaler            `requests` (HPA), or the triggers of a KEDA ScaledObject by the name of a template; none: replicas are fixed
  daprConfig        the name of the sidecar's Configuration
*/}}
{{- define "base-service.all" -}}
{{- $parts := list "workload" "service" "account" "disruption" "network" "autoscaling" "monitor" -}}
{{- $all := list -}}
{{- range $part := $parts -}}
{{- $text := include (printf "base-service.%s" $part) $ | trim -}}
{{- if $text -}}
{{- $all = append $all $text -}}
{{- end -}}
{{- end -}}
{{ join "\n---\n" $all }}
{{- end }}
