# Plays nodes: says of each pod that it runs and is ready, and starts nothing.
version=0.8.0
install_tool() { go_tool sigs.k8s.io/kwok/cmd/kwok "v$version"; }
