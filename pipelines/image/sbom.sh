#!/usr/bin/env bash
# Prints what is in the image as CycloneDX 1.5: pipelines/image/sbom.sh ROOT, the folder that layout.sh made. The crates are those that Cargo
# puts into the binary, with their checksums from Cargo.lock; the libraries and certificates are Debian's packages, where dpkg knows them.
# No time and no random number is in it: the same sources on the same system give the same document.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=${1:?the folder that layout.sh made}
target=$(rustc -vV | sed -n 's/^host: //p')

# name, version and checksum of each package of Cargo.lock that has one.
checksums() {
  awk -F'"' '/^name = / { name = $2 } /^version = / { version = $2 } /^checksum = / { print name "|" version "|" $2 }' Cargo.lock
}

# One line a crate: name, version, license.
crates() {
  cargo tree --locked -p tasklog --features kafka-tls -e normal,no-proc-macro --target "$target" --prefix none -f '{p}|{l}' |
    sed 's/ (\*)$//' | awk -F'|' '{ split($1, package, " "); sub(/^v/, "", package[2]); print package[1] "|" package[2] "|" $2 }' | sort -u
}

debian() {
  command -v dpkg-query >/dev/null || return 0
  { find "$root" -name '*.so*' -printf '/%P\n'; echo /etc/ssl/certs/ca-certificates.crt; } | while read -r file; do
    # Debian moved /lib into /usr/lib: dpkg may know a file by either name. The bundle of certificates is made at installation, by no package.
    case $file in
      */ca-certificates.crt) package=ca-certificates ;;
      *) package=$({ dpkg-query -S "$(readlink -f "$file")" || dpkg-query -S "$file"; } 2>/dev/null | head -n 1 | cut -d: -f1) || package= ;;
    esac
    [ -z "$package" ] || dpkg-query -W -f '${binary:Package}|${Version}\n' "$package" | sed 's/:[a-z0-9]*|/|/'
  done | sort -u
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for list in checksums crates debian; do
  "$list" > "$work/$list"
  jq -R -s 'split("\n") | map(select(. != "") | split("|"))' "$work/$list" > "$work/$list.json"
done

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
# An advisory is about a package of one distribution: Ubuntu's of the same name and version is another.
distribution=$(sed -n 's/^ID="\{0,1\}\([a-z]*\)"\{0,1\}$/\1/p' /etc/os-release)
jq -n --arg version "$version" --arg distribution "${distribution:-debian}" \
  --slurpfile crates "$work/crates.json" --slurpfile sums "$work/checksums.json" --slurpfile debian "$work/debian.json" '
  ($sums[0] | map({key: "\(.[0]) \(.[1])", value: .[2]}) | from_entries) as $sum
  | {
      bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
      metadata: { component: { type: "application", name: "tasklog", version: $version, licenses: [{ license: { id: "MIT" } }] } },
      components: (
        [ $crates[0][] | select(.[0] != "tasklog")
          | { type: "library", name: .[0], version: .[1], purl: "pkg:cargo/\(.[0])@\(.[1])" }
            + (if .[2] != null and .[2] != "" then { licenses: [{ expression: (.[2] | gsub("/"; " OR ")) }] } else {} end)
            + (($sum["\(.[0]) \(.[1])"]) as $digest | if $digest then { hashes: [{ alg: "SHA-256", content: $digest }] } else {} end) ]
        + [ $debian[0][] | { type: "library", name: .[0], version: .[1], purl: "pkg:deb/\($distribution)/\(.[0])@\(.[1] | @uri)" } ]
      )
    }'
