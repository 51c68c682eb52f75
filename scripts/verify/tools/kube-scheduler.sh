# Places pods on the nodes that kwok plays.
. "$here/kubernetes.sh"
install_tool() { kubernetes_tool cmd/kube-scheduler; }
