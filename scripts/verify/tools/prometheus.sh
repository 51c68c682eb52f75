# Prometheus itself, with no discovery but that of Kubernetes, which the scrape configuration uses.
version=0.316.0

install_tool() {
  go_tool github.com/prometheus/prometheus/cmd/prometheus "v$version" remove_all_sd,enable_kubernetes_sd
}
