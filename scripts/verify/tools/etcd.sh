# Keeps what the API server is told.
version=3.6.16
install_tool() { go_tool go.etcd.io/etcd/server/v3 "v$version"; }
