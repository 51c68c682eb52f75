//! The process's own figures, under the names every Prometheus client library gives them.

use std::fs;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use metrics::{Unit, describe_gauge, gauge};

pub(super) fn describe() {
    describe_gauge!("process_resident_memory_bytes", Unit::Bytes, "Memory of the process that is in RAM.");
    describe_gauge!("process_open_fds", Unit::Count, "Open file descriptors.");
    describe_gauge!("process_threads", Unit::Count, "Threads.");
    describe_gauge!("process_start_time_seconds", Unit::Seconds, "When the process started, since 1970.");
    gauge!("process_start_time_seconds").set(started_seconds());
}

/// Reads `/proc`; where there is none, the gauges stay absent.
pub(super) fn record() {
    if let Some(bytes) = resident_bytes() {
        gauge!("process_resident_memory_bytes").set(bytes);
    }
    if let Ok(entries) = fs::read_dir("/proc/self/fd") {
        gauge!("process_open_fds").set(count(entries));
    }
    if let Ok(entries) = fs::read_dir("/proc/self/task") {
        gauge!("process_threads").set(count(entries));
    }
}

/// `VmRSS` of `/proc/self/status`, which is in KiB whatever the page size.
fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kib: f64 =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}

fn count(entries: fs::ReadDir) -> f64 {
    f64::from(u32::try_from(entries.count()).unwrap_or(u32::MAX))
}

fn started_seconds() -> f64 {
    static STARTED: OnceLock<f64> = OnceLock::new();
    *STARTED.get_or_init(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_this_process_then_its_memory_is_known_in_bytes() {
        assert!(resident_bytes().unwrap() > 1024.0 * 1024.0);
    }
}
