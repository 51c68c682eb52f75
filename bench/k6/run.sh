#!/usr/bin/env bash
# Runs a scenario of k6 against a Tasklog that is there: bench/k6/run.sh steady|ramp|spike|soak [MORE ARGUMENTS OF k6]
#   TASKLOG_URL     where it answers (http://127.0.0.1:8080): on a laptop that of `make run`, on a cluster its ingress
#   RATE, DURATION  requests a second, and how long; each scenario says in its first lines what it does with them
#   TARGETS=false   asks for right answers alone, not for fast ones
# It ends with 99 where a target is missed. It writes tasks of its own, six requests for each, and leaves them there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

scenario=${1:-}
[ -e "$here/$scenario.js" ] && [ "$scenario" != mix ] || { echo "bench/k6/run.sh steady|ramp|spike|soak" >&2; exit 2; }
shift
k6=$("$here/../../scripts/verify/tool.sh" k6)
# Nothing is sent to whoever makes k6.
exec "$k6" run --no-usage-report --summary-trend-stats 'p(50),p(95),p(99),max' "$@" "$here/$scenario.js"
