#!/usr/bin/env bash
# Builds Dapr's sidecar of one version from its Go module into a folder of the user's cache, and prints the path of the program. Does
# nothing when it is there already; else it takes some minutes. TASKLOG_DAPRD names another program.
set -euo pipefail

version=1.14.0
# What the module must hash to, whoever serves it; its own go.sum says that of all others.
sum=h1:SIQsNX1kH31JRDIS4k8IZ6eomM/BAcOP844PhQIT+BQ=
folder=${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/dapr-$version
daprd=${TASKLOG_DAPRD:-$folder/daprd}

if [ ! -x "$daprd" ]; then
  [ -z "${TASKLOG_DAPRD:-}" ] || { echo "TASKLOG_DAPRD is $daprd, which is no program" >&2; exit 1; }
  command -v go >/dev/null || { echo "make test-dapr needs go (1.22 or later)" >&2; exit 1; }
  mkdir -p "$folder"
  # Another build may run at the same time (two clones on one machine): the first one fills the folder.
  exec 9>"$folder/.lock"
  flock 9
  if [ ! -x "$daprd" ]; then
    # In its own folder: `go install` refuses a module that replaces others.
    module=$(cd "$folder" && go mod download -json "github.com/dapr/dapr@v$version")
    field() { sed -n "s/^[[:space:]]*\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" <<<"$module"; }
    [ "$(field Sum)" = "$sum" ] || { echo "github.com/dapr/dapr@v$version is $(field Sum), not $sum" >&2; exit 1; }
    (cd "$(field Dir)" && CGO_ENABLED=0 go build -mod=readonly -trimpath -tags stablecomponents \
      -ldflags "-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=$version" -o "$folder/daprd.new" ./cmd/daprd) 1>&2
    mv "$folder/daprd.new" "$daprd"
  fi
fi
echo "$daprd"
