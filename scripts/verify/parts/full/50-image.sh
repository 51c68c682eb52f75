#!/usr/bin/env bash
# The image is built, twice, and started as it is: by its own user, with nothing but its own files, on its embedded broker and a Postgres
# beside it. IMAGE_BINARY spares the build of a binary.
# shellcheck source=scripts/verify/part.sh
. scripts/verify/part.sh

for tool in buildah curl jq pgrep python3; do
  command -v "$tool" >/dev/null || { echo "this part needs $tool (apt-get install buildah curl jq procps python3)" >&2; exit 1; }
done
export BUILDAH_ISOLATION=chroot
# Where pipelines/image.sh leaves the image.
buildah() { command buildah --storage-driver vfs "$@"; }
container='' runner=''
# buildah starts the program through helpers of its own.
below() { for child in $(pgrep -P "$1"); do echo "$child"; below "$child"; done; }
at_end() {
  if [ -n "$runner" ]; then
    for pid in $(below "$runner") "$runner"; do kill "$pid" 2>/dev/null || true; done
    wait "$runner" 2>/dev/null || true
  fi
  [ -z "$container" ] || buildah rm "$container" >/dev/null || true
  buildah rmi localhost/tasklog:verify >/dev/null 2>&1 || true
  [ ! -e "$work/postgres/data/postmaster.pid" ] || scripts/verify/postgres.sh stop "$work/postgres" || true
}
# that TEXT COMMAND...: holds where the command succeeds.
that() { if "${@:2}"; then holds "$1"; else fails "$1"; fi; }

[ -n "${IMAGE_BINARY:-}" ] || IMAGE_BINARY=$(pipelines/build.sh)
export IMAGE_BINARY
first=$(IMAGE_OUT=$work/first pipelines/image.sh localhost/tasklog:verify)
second=$(IMAGE_OUT=$work/second pipelines/image.sh localhost/tasklog:verify)
that "the same binary and commit give the same image ($first)" [ "$first" = "$second" ]
that "the SBOM names crates with their checksums" \
  jq -e '[.components[] | select(.purl | startswith("pkg:cargo/")) | select(.hashes)] | length > 100' "$work/first/sbom.json"

container=$(buildah from localhost/tasklog:verify)
root=$(buildah mount "$container")
that "no shell is in it" [ -z "$(find "$root" -name 'sh' -o -name 'bash' -o -name 'dash' -o -name 'busybox')" ]
that "nothing in it runs as somebody else" [ -z "$(find "$root" -perm /6000)" ]
that "its user owns its data folder alone" [ "$(cd "$root" && find . -uid 65532)" = "./var/lib/tasklog" ]
that "everybody may write to /tmp alone" [ "$(cd "$root" && find . -perm -o=w ! -type l)" = "./tmp" ]
du -sm "$root" | awk '{ print "size: " $1 " MiB" }'

url=$(scripts/verify/postgres.sh start "$work/postgres")
port=$(scripts/verify/port.sh)
buildah config --env "LISTEN=127.0.0.1:$port" --env "KAFKA_EMBEDDED_LISTEN=127.0.0.1:$(scripts/verify/port.sh)" --env "DATABASE_URL=$url" "$container"
touch "$work/before"
# By itself, not by the function: so its number is that of buildah, and not of a shell before it.
command buildah --storage-driver vfs run "$container" -- /usr/bin/tasklog up > "$work/log" 2>&1 &
runner=$!
answers "http://127.0.0.1:$port/readyz" "$runner" "$work/log"
holds "it is ready"
# What is told to stop is the program itself.
program=''
for pid in $(below "$runner"); do
  [ "$(tr '\0' ' ' < "/proc/$pid/cmdline")" != "/usr/bin/tasklog up " ] || program=$pid
done
[ -n "$program" ] || { echo "none of buildah's processes is the program:" >&2; ps -o pid,args -p "$(below "$runner" | paste -sd,)" >&2; exit 1; }
that "it runs as user 65532" [ "$(awk '/^Uid:/ { print $2, $3 }' "/proc/$program/status")" = "65532 65532" ]
status=$(curl -sS -o "$work/created" -w '%{http_code}' "http://127.0.0.1:$port/tasks" -H 'content-type: application/json' -d '{"title":"From an image"}')
that "a create answers 201 with the task" [ "$status $(jq -r .title "$work/created")" = "201 From an image" ]
# The folders that buildah itself mounts into are not the image's.
written=$(find "$root" -newer "$work/before" -type f -not -path "$root/var/lib/tasklog/*" -not -path "$root/tmp/*" \
  -not -path "$root/proc/*" -not -path "$root/sys/*" -not -path "$root/dev/*" -not -path "$root/run/*" \
  -not -path "$root/etc/hosts" -not -path "$root/etc/hostname" -not -path "$root/etc/resolv.conf")
that "it wrote nothing outside its data folder" [ -z "$written" ]
kill "$program"
code=0
wait "$runner" || code=$?
runner=''
that "SIGTERM ends it in order" [ "$code" = 0 ]
