# The targets of this project; each does what its comment says and nothing else.

# Outside the clone, so that a second clone does not build every dependency again.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tasklog
export CARGO_TARGET_DIR ?= $(CACHE)/target

.PHONY: run test

# Builds the release binary and starts everything on this machine; Ctrl-C stops it.
run:
	cargo build --release --locked -p tasklog
	@exec $(CARGO_TARGET_DIR)/release/tasklog up

# Everything that proves the project, in the order in which it fails fastest. What is tested is the release binary.
test:
	cargo fmt --all --check
	scripts/kafka/fetch.sh
	cargo clippy --release --locked --workspace --all-targets --features kafka-es/conformance -- -D warnings
	cargo build --release --locked -p tasklog
	cargo build --release --locked -p kafka-es --examples --features conformance
	$$(scripts/nextest.sh) nextest run --release --locked --workspace --features kafka-es/conformance
	cargo test --release --locked --workspace --doc
