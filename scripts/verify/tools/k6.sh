# Makes the load of bench/k6 and judges the answers.
version=1.8.1
install_tool() { go_tool go.k6.io/k6 "v$version"; }
