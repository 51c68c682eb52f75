//! Which embedded key-value store should keep the state of kafka-es? `cargo run --release --locked [-- RECORDS]` in this
//! folder asks each contender for the same work and prints one line a store; 4,000,000 records if not said otherwise.
//!
//! Needs a C++ compiler and libclang for RocksDB (see `Cargo.toml`), whose first build takes a quarter of an hour, and
//! some gigabytes where temporary files go: `TMPDIR` should name a folder on a disk, not in memory.
//!
//! Every phase of every store runs in a process of its own, so that resident memory is of that store and that phase
//! only. All have the allocator of the product; RocksDB, in C++, takes its memory from the C library, as it would in the
//! product. Files stay in the page cache between phases: restarts are those of a process, not of a machine.
#![expect(unreachable_pub, reason = "a binary exports nothing; pub says what a module offers to the others")]

mod contest;
#[path = "../../src/machine.rs"]
mod machine;
mod phase;
mod process;
mod report;
mod store;
mod workload;

use std::path::Path;

use anyhow::{Context, ensure};

use self::phase::Phase;
use self::report::Report;
use self::store::Contender;
use self::workload::{BATCH, Workload};

/// The one of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Records written if not said otherwise.
const RECORDS: u64 = 4_000_000;
/// With fewer, a batch would hold two records of one stream, or what is checked after a kill would.
const FEWEST: u64 = 10 * BATCH;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => contest(RECORDS),
        [records] => contest(number(records)?),
        // What this program calls itself with.
        ["phase", phase, contender, folder, records] => {
            let workload = Workload::new(number(records)?);
            Phase::named(phase)?.run(Contender::named(contender)?, Path::new(folder), &workload)
        }
        _ => anyhow::bail!("usage: state-stores [RECORDS]"),
    }
}

fn number(text: &str) -> anyhow::Result<u64> {
    let number = text.replace([',', '_'], "").parse().with_context(|| format!("{text} is no number of records"))?;
    ensure!(number >= FEWEST, "at least {FEWEST} records");
    Ok(number)
}

fn contest(records: u64) -> anyhow::Result<()> {
    let mut report = Report::new(records);
    for contender in Contender::ALL {
        report.add(contender, &contest::measure(contender, records)?);
    }
    print!("{report}");
    Ok(())
}
