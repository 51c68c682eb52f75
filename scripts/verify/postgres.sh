#!/usr/bin/env bash
# A Postgres of its own for a part of the verification: scripts/verify/postgres.sh start DIR makes and starts one below DIR and prints its
# URL; scripts/verify/postgres.sh stop DIR ends it. It listens on the loopback address alone, on a free port, and trusts whoever reaches it.
set -euo pipefail

action=${1:-} folder=${2:-}
[ -n "$folder" ] || { echo "scripts/verify/postgres.sh start|stop DIR" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "no Postgres server in /usr/lib/postgresql" >&2; exit 1; }

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# Its programs go back to the folder they were started in, and fail where another user may not: below /root, say.
cd /

# Postgres refuses to run as root.
as_owner() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid postgres --regid postgres --clear-groups "$@"; else "$@"; fi
}

case $action in
  start)
    [ "$(id -u)" != 0 ] || chown postgres "$folder"
    port=$("$here/port.sh")
    {
      as_owner "$bin/initdb" --auth trust --username tasklog --encoding UTF8 --no-sync -D "$folder/data"
      as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w \
        -o "-c listen_addresses=127.0.0.1 -p $port -c unix_socket_directories='' -c fsync=off" start
    } 1>&2
    echo "postgres://tasklog@127.0.0.1:$port/postgres?sslmode=disable"
    ;;
  stop) as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop 1>&2 ;;
  *) echo "scripts/verify/postgres.sh start|stop DIR" >&2; exit 2 ;;
esac
