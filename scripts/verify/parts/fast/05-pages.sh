#!/usr/bin/env bash
# The documentation: what it names is there.
set -euo pipefail
scripts/verify/pages.py
