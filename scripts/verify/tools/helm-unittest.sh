# Runs the unit tests of charts (tests/*_test.yaml beside a chart's templates); helm's plug-in as a program of its own.
version=1.1.2
install_tool() { go_tool github.com/helm-unittest/helm-unittest/cmd/helm-unittest "v$version"; }
