#!/usr/bin/env bash
# The image is built, twice, and started as it is: by its own user, with nothing but its own files, on its embedded broker and a Postgres
# beside it. IMAGE_BINARY spares the build of a binary.
set -euo pipefail

for tool in buildah curl jq; do
  command -v "$tool" >/dev/null || { echo "this part needs $tool (apt-get install $tool)" >&2; exit 1; }
done
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
work=$(mktemp -d)
chmod 755 "$work"
container='' runner='' program=''
end() {
  [ -z "$program" ] || kill "$program" 2>/dev/null || true
  [ -z "$runner" ] || wait "$runner" 2>/dev/null || true
  [ -z "$container" ] || buildah rm "$container" >/dev/null || true
  [ ! -e "$work/postgres/data/postmaster.pid" ] || scripts/verify/postgres.sh stop "$work/postgres" || true
  rm -rf "$work"
}
trap end EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# Fails with what is printed otherwise.
holds() { if "${@:2}"; then echo "holds: $1"; else echo "does not hold: $1" >&2; exit 1; fi; }

export IMAGE_BINARY=${IMAGE_BINARY:-$(pipelines/build.sh)}
first=$(IMAGE_OUT=$work/first pipelines/image.sh localhost/tasklog:verify)
second=$(IMAGE_OUT=$work/second pipelines/image.sh localhost/tasklog:verify)
holds "the same binary and commit give the same image ($first)" [ "$first" = "$second" ]
holds "the SBOM names crates with their checksums" \
  jq -e '[.components[] | select(.purl | startswith("pkg:cargo/")) | select(.hashes)] | length > 100' "$work/first/sbom.json"

container=$(buildah from localhost/tasklog:verify)
root=$(buildah mount "$container")
holds "no shell is in it" [ -z "$(find "$root" -name 'sh' -o -name 'bash' -o -name 'dash' -o -name 'busybox')" ]
holds "nothing in it runs as somebody else" [ -z "$(find "$root" -perm /6000)" ]
holds "its user owns its data folder alone" [ "$(cd "$root" && find . -uid 65532)" = "./var/lib/tasklog" ]
holds "everybody may write to /tmp alone" [ "$(cd "$root" && find . -perm -o=w ! -type l)" = "./tmp" ]
du -sm "$root" | awk '{ print "size: " $1 " MiB" }'

url=$(scripts/verify/postgres.sh start "$work/postgres")
port=$(free_port)
buildah config --env "LISTEN=127.0.0.1:$port" --env "KAFKA_EMBEDDED_LISTEN=127.0.0.1:$(free_port)" --env "DATABASE_URL=$url" "$container"
touch "$work/before"
buildah run "$container" -- /usr/bin/tasklog up > "$work/log" 2>&1 &
runner=$!
# buildah starts the program through helpers of its own; what is told to stop is the program.
below() { for child in $(pgrep -P "$1"); do echo "$child"; below "$child"; done; }
for _ in $(seq 240); do
  ! curl -fso "$work/ready" "http://127.0.0.1:$port/readyz" || break
  kill -0 "$runner" 2>/dev/null || { tail -n 20 "$work/log" >&2; exit 1; }
  sleep 0.5
done
for pid in $(below "$runner"); do
  [ "$(tr '\0' ' ' < "/proc/$pid/cmdline")" != "/usr/bin/tasklog up " ] || program=$pid
done
holds "it is ready" curl -fsS -o /dev/null "http://127.0.0.1:$port/readyz"
holds "it runs as user 65532" [ "$(stat -c %u "/proc/$program")" = 65532 ]
status=$(curl -sS -o "$work/created" -w '%{http_code}' "http://127.0.0.1:$port/tasks" -H 'content-type: application/json' -d '{"title":"From an image"}')
holds "a create answers 201 with the task" [ "$status $(jq -r .title "$work/created")" = "201 From an image" ]
# The folders that buildah itself mounts into are not the image's.
written=$(find "$root" -newer "$work/before" -type f -not -path "$root/var/lib/tasklog/*" -not -path "$root/tmp/*" \
  -not -path "$root/proc/*" -not -path "$root/sys/*" -not -path "$root/dev/*" -not -path "$root/run/*" \
  -not -path "$root/etc/hosts" -not -path "$root/etc/resolv.conf")
holds "it wrote nothing outside its data folder" [ -z "$written" ]
kill "$program"
code=0
wait "$runner" || code=$?
program='' runner=''
holds "SIGTERM ends it in order" [ "$code" = 0 ]
