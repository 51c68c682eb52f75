#!/usr/bin/env bash
# Builds the page and the release binary that goes into the image, with TLS and SASL to Kafka, and prints the binary's path. In a target
# folder of its own: paths of this machine are taken out of the binary, which is a set of flags of its own, so everything is built by them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export CARGO_TARGET_DIR=${IMAGE_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tasklog/image-target}
# Apart by the character that Cargo asks for: a path may have spaces in it.
CARGO_ENCODED_RUSTFLAGS=$(printf -- '--remap-path-prefix=%s=/tasklog\x1f--remap-path-prefix=%s=/cargo' "$PWD" "${CARGO_HOME:-$HOME/.cargo}")
export CARGO_ENCODED_RUSTFLAGS
{
  scripts/web/build.sh
  cargo build --release --locked -p tasklog --features kafka-tls
} 1>&2
echo "$CARGO_TARGET_DIR/release/tasklog"
