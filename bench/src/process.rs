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

/// Memory of a process that nothing but the process itself holds, in MiB: not the files it has mapped, which the system takes back when
/// it needs room.
pub fn anonymous_mib(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    Ok(kib(&status, "RssAnon").context("RssAnon")? / 1024.0)
}

fn kib(status: &str, name: &str) -> Option<f64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    value.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_what_linux_says_of_a_process_when_read_then_it_is_the_value_of_that_name() {
        let status = "VmRSS:\t   20480 kB\nRssAnon:\t    4096 kB\nThreads:\t9\n";
        assert_eq!(kib(status, "RssAnon"), Some(4_096.0));
        assert_eq!(kib(status, "Rss"), None);
        assert_eq!(kib(status, "Threads"), None);
    }

    #[test]
    fn given_this_process_when_asked_then_it_holds_memory() {
        assert!(anonymous_mib(std::process::id()).unwrap() > 0.0);
    }
}
