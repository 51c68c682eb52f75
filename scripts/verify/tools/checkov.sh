# Looks for what is unsafe in manifests and pipelines.
version=3.3.30
install_tool() { python_tool checkov "checkov==$version"; }
