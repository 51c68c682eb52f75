//! What one load leaves to be done is not measured as the next one's.

use std::time::{Duration, Instant};

use anyhow::Context;

/// How long a look at the machine takes.
const LOOK: Duration = Duration::from_millis(500);
/// What may be busy of a machine that counts as quiet.
const QUIET: f64 = 0.05;
/// Looks in a row that must find it quiet.
const LOOKS: usize = 2;
/// Longer than this it is not waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until what came before has left nothing to do: buffers to write, tables to clean, methods to compile.
///
/// # Errors
/// When the machine does not tell what it does.
pub async fn machine() -> anyhow::Result<()> {
    let (deadline, mut looks) = (Instant::now() + PATIENCE, 0);
    while looks < LOOKS && Instant::now() < deadline {
        let (busy, all) = spent()?;
        tokio::time::sleep(LOOK).await;
        let (busy_then, all_then) = spent()?;
        looks = if busy_then - busy < QUIET * (all_then - all) { looks + 1 } else { 0 };
    }
    Ok(())
}

/// Time that the machine's cores have been busy, and all they had.
fn spent() -> anyhow::Result<(f64, f64)> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().context("/proc/stat")?;
    let times = line.split_whitespace().skip(1).map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let all: f64 = times.iter().sum();
    // The fourth and the fifth: idle, and idle but for a disk.
    Ok((all - times.iter().skip(3).take(2).sum::<f64>(), all))
}
