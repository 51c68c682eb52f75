# promtool: checks rules and runs their tests. Its tag leaves out the discovery of every cloud, which takes most of the build; that of Kubernetes
# goes with them, so what checks the scrape configuration is prometheus.
version=0.316.0

install_tool() {
  go_tool github.com/prometheus/prometheus/cmd/promtool "v$version" remove_all_sd
}
