# The targets of this project; each does what its comment says and nothing else.

# Outside the clone, so that a second clone does not build every dependency again.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tasklog
export CARGO_TARGET_DIR ?= $(CACHE)/target

.PHONY: run test schemas bench chaos test-read-side test-dapr test-upgrade test-web pictures verify-fast verify

# Builds the web page, where there is Node.js, and the release binary, and starts everything on this machine; Ctrl-C stops it.
run:
	scripts/web/build.sh
	cargo build --release --locked -p tasklog
	@exec $(CARGO_TARGET_DIR)/release/tasklog up

# One set of features for every step, so that nothing is built twice.
ALL := --release --locked --workspace --all-targets --features kafka-es/conformance

# Everything that proves the project, in the order in which it fails fastest. What is tested is the release build. The first run on a machine
# makes the tools of the second step: helm, helm-unittest, kube-score, promtool and actionlint by Go, checkov, hadolint, shellcheck and PyYAML
# by pip.
# A failed test ends with what it says, not with fifty lines of the runtime's frames: make test RUST_BACKTRACE=1 shows them.
test: export RUST_BACKTRACE = 0
test:
	cargo fmt --all --check
	scripts/verify/run.sh fast
	scripts/kafka/fetch.sh --archive
	scripts/maildev/fetch.sh
	scripts/web/test.sh
	cargo clippy $(ALL) -- -D warnings
	cargo build $(ALL) --exclude bench
	$$(scripts/nextest.sh) nextest run $(ALL)
	cargo test --release --locked --workspace --features kafka-es/conformance --doc

# Writes again what is generated from the code: the schemas of the events and the API's contract.
schemas:
	cargo run --release --locked -p domain --example write_schemas
	cargo run --release --locked -p tasklog -- openapi > schemas/openapi.json

# Measures: make bench NAME=whole, event-store, http (beside a plain CRUD service), read-side (BENCH_TASKS=50000,200000,1000000),
# process (BENCH_REMINDERS=10000 BENCH_SERIES=100000 BENCH_TIMERS=1000000), web (the page in a real browser; BENCH_TASKS=50000; Node.js and
# Chromium) or relevance (with the tasks that were judged).
# With BENCH_DATA=FILE on tasks of your own.
bench:
	scripts/kafka/fetch.sh > /dev/null
	$(if $(filter web,$(NAME)),scripts/web/build.sh)
	cargo build $(ALL)
	$(CARGO_TARGET_DIR)/release/bench $(NAME)

# The event store on a cluster whose brokers, writers and network break all the time: CHAOS_MINUTES=30 by default.
# SEED=NUMBER repeats a schedule of faults.
chaos:
	scripts/kafka/fetch.sh > /dev/null
	cargo build $(ALL)
	$(CARGO_TARGET_DIR)/release/chaos

# What the read side promises, at full size and one test at a time, so that nothing else takes its part of the machine: 64 clients that
# write and read through other replicas (READ_YOUR_WRITES=100000), every view rebuilt under load (REBUILD_UNDER=500 writes and as many reads
# a second at least), 200 crashes of each projector and of the whole system (KILLED=200) with a rebuild after each (COMPARED_EVERY=1), 100
# broken and 2,000 open live streams. make test runs the first two smaller, kills the system 20 times, and compares after every twentieth
# crash.
test-read-side: export READ_YOUR_WRITES ?= 100000
test-read-side: export REBUILD_UNDER ?= 500
test-read-side: export COMPARED_EVERY ?= 1
test-read-side: export KILLED ?= 200
test-read-side:
	scripts/kafka/fetch.sh > /dev/null
	cargo build $(ALL) --exclude bench
	$$(scripts/nextest.sh) nextest run $(ALL) --profile read-side --test-threads 1 \
		-E 'test(/^(read_your_writes|rebuilding|projecting|competing|following|planning|faults::killed|search::tests::crashes|journeys::(reconnects|many_listeners))::/)'

# The roles with real Dapr sidecars, built from their Go module when they are not there yet (Go; some minutes), on a real Kafka.
test-dapr:
	scripts/kafka/fetch.sh > /dev/null
	scripts/dapr/fetch.sh > /dev/null
	cargo build $(ALL)
	$(CARGO_TARGET_DIR)/release/dapr

# Every role is replaced, from the binary of UPGRADE_FROM (a tag or commit; the last tag by default, else the commit before) to this build's,
# under 500 requests a second.
test-upgrade:
	scripts/kafka/fetch.sh > /dev/null
	cargo build $(ALL)
	TASKLOG_PREVIOUS=$$(scripts/previous.sh) $(CARGO_TARGET_DIR)/release/upgrade

# The page in a real browser (Chromium; on Debian it is installed where there is none), before the release binary.
test-web:
	scripts/web/build.sh
	cargo build --release --locked -p tasklog
	cargo build --release --locked -p tests --bin poison
	scripts/web/e2e.sh

# Takes the pictures of the page in docs/images again, by tests in a real browser; look at them before you commit them.
pictures:
	scripts/web/build.sh
	cargo build --release --locked -p tasklog
	PICTURES=1 scripts/web/e2e.sh pictures

# What is deployed, and the documentation, without a build of ours and without a server: charts, rules and pipelines are linted, rendered and
# unit-tested by pinned tools, which are made first where they are missing (Go and Python; VERIFY_TOOLS is their folder). PART=charts runs
# that part alone.
verify-fast:
	scripts/verify/run.sh fast $(PART)

# What is deployed, by real servers: scripts/verify/parts/full says which. The fast part before it; PART=upgrade runs that part alone.
verify:
	$(if $(PART),,scripts/verify/run.sh fast)
	scripts/verify/run.sh full $(PART)
