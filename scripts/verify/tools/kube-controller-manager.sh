# The controllers of the control plane: deployments, jobs, disruption budgets, autoscalers.
. "$here/kubernetes.sh"
install_tool() { kubernetes_tool cmd/kube-controller-manager; }
