# Jaeger in one process: takes spans over OTLP, keeps them in memory, answers at /api/traces. Without its page, which is no Go. Built with what its
# module replaces: its storage on Kafka, which is compiled as well, knows one version of its client.
version=1.62.0

install_tool() {
  go_tool_of_module github.com/jaegertracing/jaeger "v$version" ./cmd/all-in-one
}
