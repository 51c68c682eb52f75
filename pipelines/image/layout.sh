#!/usr/bin/env bash
# Lays out what goes into the image: pipelines/image/layout.sh BINARY DIR makes DIR/root and DIR/data, which the Containerfile copies.
# What is copied besides the binary is this machine's (Debian's glibc and certificates): an image is as new as the machine that made it.
set -euo pipefail

binary=${1:?the tasklog binary} folder=${2:?an empty folder}
umask 022
root=$folder/root
mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/usr/share/sbom" "$root/var/lib" "$folder/data/tasklog"
install -d -m 1777 "$root/tmp"

install -m 0755 "$binary" "$root/usr/bin/tasklog"
strip "$root/usr/bin/tasklog"

# The libraries that the loader names, at the very paths where it will look for them, and the loader itself.
ldd "$binary" | grep -o '/[^ ]*' | while read -r library; do
  install -D -m 0755 "$(readlink -f "$library")" "$root$library"
done
# Since glibc 2.34 what looks up hosts is in libc itself, so that this is all it takes.
printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"

install -m 0644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
printf 'root:x:0:0:root:/:/nonexistent\ntasklog:x:65532:65532:tasklog:/var/lib/tasklog:/nonexistent\n' > "$root/etc/passwd"
printf 'root:x:0:\ntasklog:x:65532:\n' > "$root/etc/group"
