#!/usr/bin/env bash
# Runs the parts of the verification in order: scripts/verify/run.sh fast|full [PART]
# `fast` needs no build of ours and no server: charts, rules and pipelines are linted, rendered and unit-tested. `full` starts real ones.
# A part is an executable script parts/KIND/NN-NAME.sh, run from the root of the repository; PART is its NAME, with or without the number.
# Those of `full` begin with part.sh: a folder, and the end of what they start.
# The first part that fails ends the run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

kind=${1:-}
case $kind in
  fast | full) ;;
  *) echo "scripts/verify/run.sh fast|full [PART]" >&2; exit 2 ;;
esac

ran=0
for part in "scripts/verify/parts/$kind"/*.sh; do
  [ -e "$part" ] || continue
  file=$(basename "$part" .sh)
  [ -z "${2:-}" ] || [ "$2" = "$file" ] || [ "$2" = "${file#*-}" ] || continue
  echo "== $kind: ${file#*-}"
  "$part" || { echo "$kind: ${file#*-} failed" >&2; exit 1; }
  ran=$((ran + 1))
done
[ "$ran" -gt 0 ] || { echo "no part ${2:-} in scripts/verify/parts/$kind" >&2; exit 1; }
echo "$ran parts passed, 0 failed"
