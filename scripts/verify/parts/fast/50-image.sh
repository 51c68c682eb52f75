#!/usr/bin/env bash
# The recipe of the image.
set -euo pipefail
"$(scripts/verify/tool.sh hadolint)" pipelines/image/Containerfile
echo "holds: hadolint finds nothing in pipelines/image/Containerfile"
