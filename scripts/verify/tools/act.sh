# Runs workflows of GitHub Actions on this machine.
version=0.2.89
install_tool() { go_tool github.com/nektos/act "v$version"; }
