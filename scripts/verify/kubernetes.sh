#!/usr/bin/env bash
# shellcheck disable=SC2154 # name and folder are tool.sh's
# For tools/*.sh: builds one program of Kubernetes from its Go module. The module names its parts, k8s.io/api and so on, by folders that
# only its repository has; a module of our own names the published ones of the same release in their place.
version=1.33.13

# kubernetes_tool PACKAGE: builds k8s.io/kubernetes/PACKAGE into the folder of the tool.
kubernetes_tool() {
  local package=k8s.io/kubernetes/$1 module mod stage
  command -v go >/dev/null || { echo "$name is built by go (1.26, or an older one from 1.21 on, which fetches that), which is not there" >&2; exit 1; }
  module=$(mktemp -d)
  (
    cd "$module" || exit 1
    export CGO_ENABLED=0 GOFLAGS="-mod=mod -buildvcs=false"
    go mod init tool
    mod=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^[[:space:]]*"GoMod": "\(.*\)",\{0,1\}$/\1/p')
    for stage in $(sed -n 's:^[[:space:]]*\(k8s\.io/[a-z-]*\) => \./staging/.*$:\1:p' "$mod"); do
      go mod edit -replace "$stage=$stage@v0.${version#*.}"
    done
    go get "$package@v$version"
    # What it answers when it is asked for its version; charts that say which Kubernetes they need look at it.
    stamp=k8s.io/component-base/version
    go build -trimpath -o "$folder/$name.new" -ldflags "-s -w -X $stamp.gitVersion=v$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=33" "$package"
  ) 1>&2
  rm -rf "$module"
  mv "$folder/$name.new" "$folder/$name"
}
