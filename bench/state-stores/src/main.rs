//! Which embedded store holds a writer's state best: `state-stores [RECORDS]`.
//!
//! The rows are those of kafka-es: for each record of the log a stream's snapshot, the place of its event and its command,
//! written in batches together with the partition's offset. Nothing is synced for each batch: what is lost with the power is read
//! from the log again, so a store must only keep batches whole and in order. Each step is a process of its own, so
//! that memory and restart are those of a fresh one.

mod stores;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use stores::{Fjall, Redb, RocksDb, Row, Store};

const STREAMS: u64 = 400_000;
const BATCH: u64 = 2_000;
const READS: u64 = 100_000;
const SNAPSHOT_BYTES: usize = 360;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["step", store, step, folder, records] => {
            let (folder, records) = (Path::new(folder), records.parse().expect("a number"));
            match store {
                "fjall" => run::<Fjall>(step, folder, records),
                "redb" => run::<Redb>(step, folder, records),
                _ => run::<RocksDb>(step, folder, records),
            }
        }
        [] => all(2_000_000),
        [records] => all(records.parse().expect("state-stores [RECORDS]")),
        _ => panic!("state-stores [RECORDS]"),
    }
}

fn all(records: u64) {
    println!("{records} records of {STREAMS} streams, {BATCH} a batch");
    for store in ["fjall", "redb", "rocksdb"] {
        let folder = tempfile::tempdir().expect("a folder");
        for step in ["write", "restart"] {
            let own = std::env::current_exe().expect("this program");
            let arguments = ["step", store, step, &folder.path().to_string_lossy(), &records.to_string()].map(str::to_owned);
            let ended = Command::new(own).args(arguments).status().expect("started");
            assert!(ended.success(), "{store} {step}: {ended}");
        }
        println!("{store} space {:.0} MiB", bytes_in(folder.path()) as f64 / 1048576.0);
    }
}

fn run<S: Store>(step: &str, folder: &Path, records: u64) {
    let name = S::NAME;
    let started = Instant::now();
    let store = S::open(folder);
    if step == "write" {
        for batch in 0..records / BATCH {
            let rows: Vec<Row> = (batch * BATCH..(batch + 1) * BATCH).map(row).collect();
            store.write(&rows, batch);
        }
        println!("{name} write {:.0} records/s", records as f64 / started.elapsed().as_secs_f64());
        println!("{name} write memory {:.0} MiB", resident_mib());
        return store.close();
    }
    assert!(store.snapshot(&stream(0)).is_some(), "the state is there");
    println!("{name} restart {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    let started = Instant::now();
    for n in 0..READS {
        assert!(store.snapshot(&stream(scrambled(n) % STREAMS)).is_some());
    }
    println!("{name} read {:.0} snapshots/s", READS as f64 / started.elapsed().as_secs_f64());
    println!("{name} read memory {:.0} MiB", resident_mib());
}

fn stream(n: u64) -> String {
    format!("default/{:016x}-0000-7000-8000-{n:012x}", scrambled(n))
}

/// The rows of the `n`th record of the log.
fn row(n: u64) -> Row {
    let sequence = n / STREAMS + 1;
    // In no order, as the streams of a log come; a prime step meets each of them.
    let stream = stream(n * 7_919 % STREAMS);
    let mut snapshot = format!("{{\"title\":\"task {n}\",\"version\":{sequence},\"description\":\"").into_bytes();
    // Text that compresses about as JSON does.
    (0..).map(scrambled).take((SNAPSHOT_BYTES - snapshot.len()) / 6).for_each(|word| {
        snapshot.extend(&format!("{:05x} ", (word ^ n) & 0xfff).into_bytes());
    });
    let mut event = stream.clone().into_bytes();
    event.push(0);
    event.extend((n + 1).to_be_bytes());
    let mut command = stream.clone().into_bytes();
    command.push(0);
    command.extend(format!("{:032x}", scrambled(n)).into_bytes());
    Row { stream: stream.into_bytes(), snapshot, event, offset: n, command }
}

/// SplitMix64: a fixed scrambling of numbers.
fn scrambled(n: u64) -> u64 {
    let z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| match entry.file_type().expect("a type").is_dir() {
            true => bytes_in(&entry.path()),
            false => std::os::unix::fs::MetadataExt::blocks(&entry.metadata().expect("metadata")) * 512,
        })
        .sum()
}
