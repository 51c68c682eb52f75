#!/usr/bin/env bash
# Starts Minikube and puts into it what Tasklog needs: Kafka, Postgres, Dapr, Jaeger, and its secrets, by the commands of
# docs/deploy-minikube.md themselves, each of which is printed before it is run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

commands=$(mktemp)
# The certificate that is made on the way is the cluster's by then.
trap 'rm -f "$commands" tls.key tls.crt' EXIT
for section in '1. The cluster' '2. Kafka and Postgres' '3. Dapr and Jaeger' '4. Secrets'; do
  scripts/page.sh docs/deploy-minikube.md "$section"
done > "$commands"
echo 'kubectl apply -f k8s/dapr/minikube' >> "$commands"
bash -euo pipefail -v "$commands"
