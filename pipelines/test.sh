#!/usr/bin/env bash
# Everything that proves a commit before it is deployed: what CI runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec bash .ci/run
