# Judges manifests by what is known to go wrong in a cluster.
version=1.20.0
install_tool() { go_tool github.com/zegl/kube-score/cmd/kube-score "v$version"; }
