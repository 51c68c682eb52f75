#!/usr/bin/env bash
# Builds the image without a daemon: pipelines/image.sh [TAG] (localhost/tasklog:VERSION by default); prints its id, and leaves below
# IMAGE_OUT (a folder of the cache by default) the image as an archive that docker, podman and minikube load, tasklog.tar, and what is in it, sbom.json.
# IMAGE_BINARY names a binary that is built already. The same binary, commit and system give the same image: its times are the commit's.
# As root, or where unprivileged user namespaces are allowed; vfs and chroot need neither overlay mounts nor new namespaces.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
tag=${1:-localhost/tasklog:$version}
out=${IMAGE_OUT:-${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/image}
for tool in buildah cargo jq ldd strip; do
  command -v "$tool" >/dev/null || { echo "pipelines/image.sh needs $tool" >&2; exit 1; }
done
binary=${IMAGE_BINARY:-$(pipelines/build.sh)}
commit=$(git rev-parse HEAD)
epoch=$(git show -s --format=%ct HEAD)

export BUILDAH_ISOLATION=chroot
# Said to each: of STORAGE_DRIVER buildah takes notice only where there is a storage.conf, and Debian installs none.
buildah() { command buildah --storage-driver vfs "$@"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
pipelines/image/layout.sh "$binary" "$work"
pipelines/image/sbom.sh "$work/root" > "$work/root/usr/share/sbom/tasklog.cdx.json"
cp "$work/root/usr/share/sbom/tasklog.cdx.json" "$out/sbom.json"

buildah bud --format oci --layers=false --timestamp "$epoch" --file pipelines/image/Containerfile \
  --build-arg "VERSION=$version" --build-arg "REVISION=$commit" --build-arg "CREATED=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)" \
  --iidfile "$work/id" --tag "$tag" "$work" 1>&2
rm -f "$out/tasklog.tar"
buildah push --quiet "$tag" "docker-archive:$out/tasklog.tar:$tag" 1>&2
cat "$work/id"
echo
