# The API server of the control plane that charts are installed on.
. "$here/kubernetes.sh"
install_tool() { kubernetes_tool cmd/kube-apiserver; }
