# Renders, lints and installs charts.
version=3.22.0
install_tool() { go_tool helm.sh/helm/v3/cmd/helm "v$version"; }
