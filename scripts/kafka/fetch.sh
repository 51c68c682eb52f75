#!/usr/bin/env bash
# Puts the jars of one Apache Kafka version into a folder of the user's cache, through Maven, and prints that folder.
# Does nothing when they are there already. TASKLOG_KAFKA_LIBS names another folder.
# With --archive it also sees to it that nodes start fast.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")
libs=${TASKLOG_KAFKA_LIBS:-${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/kafka-$version}

if [ ! -e "$libs/.complete" ]; then
  for tool in java mvn; do
    command -v "$tool" >/dev/null || { echo "the tests need $tool (Java 17 or later and Maven)" >&2; exit 1; }
  done
  mkdir -p "$libs"
  # Another fetch may run at the same time (two clones on one machine): the first one fills the folder.
  exec 9>"$libs/.lock"
  flock 9
  if [ ! -e "$libs/.complete" ]; then
    # copy-dependencies skips what is there; -B and -q keep the log to what matters.
    mvn -q -B -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$libs" 1>&2
    [ -e "$libs/kafka_2.13-$version.jar" ] || { echo "Maven left no Kafka in $libs" >&2; exit 1; }
    touch "$libs/.complete"
  fi
fi
if [ "${1:-}" = --archive ] && { [ ! -e "$libs/formatted" ] || [ ! -e "$libs/kafka.jsa" ]; }; then
  exec 8>"$libs/.archive-lock"
  flock 8
  "$here/archive.sh" "$libs" || echo "not all could be made that Kafka's nodes start fast with: they start without it, only slower" >&2
fi
echo "$libs"
