//! Drives a built Tasklog from outside: its release binary as a process, its API over HTTP, its log over Kafka.
//!
//! Knows no type of the system under test and links none of its crates, so that a test can only lean on what users can
//! lean on; all but [`chaos`], which is about the event store by itself, and [`log`], which reads the log by its rule.
//! Shares no state between tests: each system has its own folder, ports, broker and database.
#![expect(clippy::unwrap_used, reason = "a test helper that cannot go on says so by a panic")]

pub mod cases;
pub mod chaos;
pub mod cluster;
pub mod daprd;
pub mod foreign;
pub mod http;
pub mod kafka;
pub mod leaders;
pub mod linearizability;
pub mod listener;
pub mod log;
pub mod otlp;
pub mod page;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod prometheus;
pub mod proxy;
pub mod receiver;
pub mod replicas;
pub mod sse;
pub mod system;
pub mod tasklog;
pub mod tour;
pub mod wait;
pub mod workload;

/// The project's folder. As Cargo tells it to the running program: two clones may share a target folder, and then the program
/// of one of them; a program that is run by hand takes the folder it was built in.
#[must_use]
pub fn root() -> std::path::PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    std::path::Path::new(&package).join("..")
}
