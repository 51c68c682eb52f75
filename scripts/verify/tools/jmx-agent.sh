# The JMX exporter, a jar that runs inside a broker's Java and shows Prometheus what the broker tells; through Maven, as Kafka's own jars.
version=1.0.1

install_tool() {
  command -v mvn >/dev/null || { echo "the JMX exporter comes through mvn, which is not there" >&2; exit 1; }
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact="io.prometheus.jmx:jmx_prometheus_javaagent:$version" -DoutputDirectory="$1" -Dmdep.stripVersion=true 1>&2
  mv "$1/jmx_prometheus_javaagent.jar" "$1/jmx-agent"
  chmod +x "$1/jmx-agent"
}
