//! What Linux tells of a process.

use anyhow::Context;

/// Processor time used so far, in seconds.
pub fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // proc(5): after the command in parentheses come state and so on; utime and stime are the 12th and 13th of those.
    let fields: Vec<&str> = stat.rsplit_once(')').context("a command in parentheses")?.1.split_whitespace().collect();
    // Linux counts in ticks of 10 ms.
    Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
}
