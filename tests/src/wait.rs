//! Waits for a condition instead of sleeping for a guess.

use std::time::{Duration, Instant};

/// Asks `probe` until it gives a value; panics with `what` and the last refusal when `patience` is over.
///
/// # Panics
/// When the condition does not come true in time.
pub async fn until<T, F>(what: &str, patience: Duration, mut probe: F) -> T
where
    F: AsyncFnMut() -> Result<T, String>,
{
    let started = Instant::now();
    loop {
        match probe().await {
            Ok(value) => return value,
            Err(refusal) if started.elapsed() > patience => {
                panic!("{what}: not within {patience:?}; last seen: {refusal}")
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
