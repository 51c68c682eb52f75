#!/usr/bin/env bash
# Everything that proves a commit before it is deployed: what CI runs, lints and unit tests of charts, rules and pipelines among it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec bash .ci/run
