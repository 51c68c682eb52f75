# Finds what is wrong in workflows of GitHub Actions.
version=1.7.12
install_tool() { go_tool github.com/rhysd/actionlint/cmd/actionlint "v$version"; }
