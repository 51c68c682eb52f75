#!/usr/bin/env bash
# Prints the path of a pinned tool, and makes it first where it is missing: scripts/verify/tool.sh helm
# What there is, and in which version, is in tools/: one small file each, which sets `version` and defines `install_tool DIR`, which leaves
# the program in DIR under the tool's name. VERIFY_TOOLS names another folder for all of them, outside the clone by default.
set -euo pipefail

# For install_tool: builds the Go program PACKAGE at VERSION, with TAGS. A module of its own asks for it, as `go install` refuses whoever
# replaces other modules; where the program needs what it replaces, it is go_tool_of_module.
go_tool() {
  local package=$1 at=$2 tags=${3:-} module
  needs_go
  module=$(mktemp -d)
  (
    cd "$module"
    export CGO_ENABLED=0 GOFLAGS="-mod=mod -buildvcs=false"
    go mod init tool
    go get "$package@$at"
    go build -trimpath -tags "$tags" -ldflags "-s -w" -o "$folder/$name.new" "$package"
  ) 1>&2
  rm -rf "$module"
  mv "$folder/$name.new" "$folder/$name"
}

# For install_tool: builds PACKAGE (./cmd/...) of the Go module MODULE at VERSION in that module's own folder, with what it replaces.
go_tool_of_module() {
  local module=$1 at=$2 package=$3 tags=${4:-} source
  needs_go
  source=$(cd "$folder" && go mod download -json "$module@$at" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",\{0,1\}$/\1/p')
  (
    cd "$source"
    CGO_ENABLED=0 go build -mod=readonly -trimpath -tags "$tags" -ldflags "-s -w" -o "$folder/$name.new" "$package"
  ) 1>&2
  mv "$folder/$name.new" "$folder/$name"
}

needs_go() {
  command -v go >/dev/null || { echo "$name is built by go (1.26, or an older one from 1.21 on, which fetches that), which is not there" >&2; exit 1; }
}

# For install_tool: puts the packages of PyPI, each with its version, into a Python environment in DIR, and links to its program PROGRAM.
python_tool() {
  local program=$1
  shift
  command -v python3 >/dev/null || { echo "$name needs python3, which is not there" >&2; exit 1; }
  python3 -m venv "$folder/environment" 1>&2
  "$folder/environment/bin/pip" install --quiet --disable-pip-version-check "$@" 1>&2
  ln -sfn "environment/bin/$program" "$folder/$name"
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=${1:?the name of a tool}
[ -e "$here/tools/$name.sh" ] || { echo "no tool $name: $(cd "$here/tools" && echo *.sh)" >&2; exit 1; }
version=
# shellcheck source=/dev/null
. "$here/tools/$name.sh"
folder=${VERIFY_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/tools}/$name-$version

if [ ! -x "$folder/$name" ]; then
  mkdir -p "$folder"
  # Another run may make it at the same time (two clones on one machine): the first one fills the folder.
  exec 9>"$folder/.lock"
  flock 9
  [ -x "$folder/$name" ] || install_tool "$folder"
  [ -x "$folder/$name" ] || { echo "$name $version was not made" >&2; exit 1; }
fi
echo "$folder/$name"
