#!/usr/bin/env bash
# Keeps two things in the folder $1 beside Kafka's jars: the log folder of a node alone as Kafka's storage tool formats it, as formatted, of
# which each node of a test takes a copy instead of running that tool; and the classes that Java loads for a node, as kafka.jsa: with this
# archive (Java calls it class data sharing) a node starts with half the work. Makes what is not there. The tests run without them, too.
set -euo pipefail

libs=$1
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
if [ ! -e "$libs/formatted" ]; then
  # Whole, or not at all: somebody may start a node at this moment.
  rm -rf "$libs/formatted.new"
  cp -R "$work/log" "$libs/formatted.new"
  mv "$libs/formatted.new" "$libs/formatted"
fi
[ ! -e "$libs/kafka.jsa" ] || exit 0
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
mv "$work/kafka.jsa" "$libs/kafka.jsa.new"
mv "$libs/kafka.jsa.new" "$libs/kafka.jsa"
