#!/usr/bin/env bash
# Installs what the pipelines need on a Debian or Ubuntu that has Rust and Go, and prints a line for PATH: the pinned helm and kubectl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
missing=()
for tool in buildah jq; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if [ "${#missing[@]}" -gt 0 ]; then
  as_root apt-get update -qq 1>&2
  as_root apt-get install -qq -y --no-install-recommends "${missing[@]}" 1>&2
fi
for tool in helm kubectl; do dirname "$(scripts/verify/tool.sh "$tool")"; done
