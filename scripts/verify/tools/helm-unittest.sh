# Runs the unit tests of charts (tests/*_test.yaml beside a chart's templates); helm's plug-in as a program of its own.
version=1.1.2
install_tool() { go_tool_of_module github.com/helm-unittest/helm-unittest "v$version" ./cmd/helm-unittest; }
