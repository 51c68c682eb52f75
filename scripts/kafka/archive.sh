#!/usr/bin/env bash
# Starts a node of Kafka from the jars in the folder $1 and keeps the classes that Java loads for it there, as kafka.jsa: with this archive
# (Java calls it class data sharing) a node starts with half the work. Does nothing when it is there. The tests run without it, too.
set -euo pipefail

libs=$1
[ ! -e "$libs/kafka.jsa" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Any two ports: when one of them is taken there is no archive this time.
port=$((20000 + RANDOM % 10000 * 2))
cat > "$work/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$work/log
PROPERTIES

# The collector and the compiler are those of the tests' nodes: an archive is for them.
node=(java -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit="$work/kafka.jsa" -cp "$libs/*")
java -cp "$libs/*" kafka.tools.StorageTool format -t dGFza2xvZy10ZXN0cy0wMQ -c "$work/server.properties" > "$work/format.log" 2>&1
"${node[@]}" kafka.Kafka "$work/server.properties" > "$work/node.log" 2>&1 &
pid=$!
for _ in $(seq 300); do
  ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.2
done
# It accepts connections a little before all of it is loaded.
sleep 1
kill "$pid" 2>/dev/null || true
wait "$pid" || true
[ -e "$work/kafka.jsa" ] || { tail -n 3 "$work/node.log" >&2; exit 1; }
# Whole, or not at all: somebody may start a node at this moment.
mv "$work/kafka.jsa" "$libs/kafka.jsa.new"
mv "$libs/kafka.jsa.new" "$libs/kafka.jsa"
