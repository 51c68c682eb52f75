#!/usr/bin/env bash
# Prints the `sh` blocks of a section of a page, so that what a reader pastes can be run by a script: scripts/page.sh FILE HEADING, which is
# (a part of) the text of the section's heading. The section ends with the next heading of its level or above.
set -euo pipefail

awk -v wanted="${2:?a heading}" '
  /^```/ {
    if (fence) { if (inside && shell) print ""; fence = 0 } else { fence = 1; shell = ($0 == "```sh") }
    next
  }
  fence { if (inside && shell) print; next }
  /^#+ / {
    depth = index($0, " ") - 1
    if (inside && depth <= level) inside = 0
    if (!found && index($0, wanted)) { inside = found = 1; level = depth }
  }
  END { if (!found) { print "no heading says \"" wanted "\"" > "/dev/stderr"; exit 1 } }
' "${1:?a page}"
