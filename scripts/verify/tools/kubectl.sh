# Talks to the control plane, in its version.
. "$here/kubernetes.sh"
install_tool() { kubernetes_tool cmd/kubectl; }
