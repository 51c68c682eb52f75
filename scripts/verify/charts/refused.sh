#!/usr/bin/env bash
# Values that are wrong are refused by a chart's schema, and the same that are right are not: HELM scripts/verify/charts/refused.sh
set -euo pipefail
charts=k8s/charts
said=$(mktemp)
trap 'rm -f "$said"' EXIT

renders() { # chart, then what helm is given
  local chart=$1
  shift
  "$HELM" template tasklog "$charts/$chart" --set global.kafka.brokers=kafka:9092 "$@" >/dev/null 2>"$said"
}

# chart, a value that is right, one that is wrong
pair() {
  renders "$1" --set "$2" || { cat "$said" >&2; echo "$1 refuses $2, which is right" >&2; exit 1; }
  if renders "$1" --set "$3"; then
    echo "$1 takes $3, which is wrong" >&2
    exit 1
  fi
  grep -q "values don't meet the specifications of the schema" "$said" || { cat "$said" >&2; echo "$1 refuses $3, but not by its schema" >&2; exit 1; }
  echo "ok: $1 takes $2 and refuses $3"
}

pair command replicas=3 replicas=-1
pair command replicas=3 replica=3
pair command persistence.size=3Gi persistence.size=3GB
pair command global.image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef global.image.digest=latest
pair command global.kafka.brokers=kafka-1:9092 global.kafka.brokers=kafka-1
pair command 'global.kafka.options.security\.protocol=SASL_SSL' 'global.kafka.options.sasl\.password=secret'
pair command global.kafka.partitions=12 global.kafka.partitions=0
pair command global.drainSeconds=30 global.drainSeconds=-1
pair command global.telemetry.traceShare=0.05 global.telemetry.traceShare=5
pair command global.telemetry.googleCloudProject=my-project global.telemetry.googleCloudProject=projects/my-project
pair command resources.limits.memory=1Gi resources.limits.memory=much
pair command autoscaling.cpuPercent=60 autoscaling.cpuPercent=150
pair command podDisruptionBudget.maxUnavailable=50% podDisruptionBudget.maxUnavailable=half
pair command global.certificates=own-authorities global.certificates=/etc/certificates
pair query global.cloudSql.instance=p:r:i global.cloudSql.instance=p
pair projector autoscaling.lagRecords=5 autoscaling.lagRecords=0
pair process internalClock=true internalClock=sometimes
pair process replicas=2 autoscaling.enabled=true
pair notify smtpFrom=tasks@example.com smtpFrom=tasks
pair notify smtpCaFile=/etc/tasklog/certificates/mail.crt smtpCaFile=mail.crt
pair notify deadLetterTopic=dead-letters 'deadLetterTopic=dead letters'
pair web jaegerUiUrl=https://jaeger.example jaegerUiUrl=jaeger
pair web global.secret.source=kubernetes global.secret.source=vault
pair tasklog ingress.gke.streamSeconds=600 ingress.gke.streamSeconds=1
pair tasklog ingress.host=tasklog.example ingress.host=https://tasklog.example
pair tasklog command.replicas=3 command.replica=3
pair tasklog global.dapr.enabled=true global.dapr.enable=true
