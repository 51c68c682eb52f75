# Compares manifests with the schemas of an API server.
version=0.8.0
install_tool() { go_tool github.com/yannh/kubeconform/cmd/kubeconform "v$version"; }
