#!/usr/bin/env bash
# The pipelines: workflows and scripts, and two rules of our own about the former.
set -euo pipefail

shellcheck=$(scripts/verify/tool.sh shellcheck)
git ls-files '*.sh' .ci/run | grep -v '^scripts/verify/tools/' | xargs "$shellcheck" --external-sources --severity warning
# Descriptions of tools are parts of scripts/verify/tool.sh, whose names they use.
"$shellcheck" --shell bash --severity warning --exclude SC2034,SC2154 scripts/verify/tools/*.sh
echo "holds: shellcheck finds nothing in any script"
# The scripts within workflows are looked at by shellcheck as well.
"$(scripts/verify/tool.sh actionlint)" -shellcheck "$shellcheck" .github/workflows/*.yml
echo "holds: actionlint finds nothing in .github/workflows"

# A tag can be moved to other code, a commit cannot; a step of the repository's own needs neither.
loose=$(grep -nE '^ *-? *uses:' .github/workflows/*.yml | grep -vE 'uses: ([[:alnum:]._/-]+@[0-9a-f]{40} # v[0-9]|\./)' || true)
[ -z "$loose" ] || { echo "actions that are not pinned by commit: $loose" >&2; exit 1; }
echo "holds: every action is pinned by its commit"
for workflow in .github/workflows/*.yml; do
  grep -qE '^permissions:' "$workflow" || { echo "$workflow has the permissions of the repository's settings" >&2; exit 1; }
  ! grep -qE '(write-all|: write)$' "$workflow" || [ "$(grep -E ': write$' "$workflow" | tr -d ' ')" = id-token:write ] ||
    { echo "$workflow may write more than an identity token" >&2; exit 1; }
done
echo "holds: workflows say their permissions; none may write anything but the token of a keyless login"
