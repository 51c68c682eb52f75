# Jaeger in one process: takes spans over OTLP, keeps them in memory, answers at /api/traces. Without its page, which is no Go.
version=1.62.0

install_tool() {
  go_tool github.com/jaegertracing/jaeger/cmd/all-in-one "v$version"
}
