//! Ordinary commands, all the time, while something else is going on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::connection::{Idle, send};
use crate::latency::Latencies;

/// From one create to the next: fifty a second, whether the one before is answered or not.
const GAP: Duration = Duration::from_millis(20);
/// A call that is not answered by then counts as refused.
const PATIENCE: Duration = Duration::from_secs(30);

/// Creates tasks until it is stopped.
pub struct Load {
    stop: Arc<AtomicBool>,
    running: JoinHandle<anyhow::Result<Vec<Call>>>,
}

/// One create.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When it was to be sent.
    pub at: DateTime<Utc>,
    /// Until it was answered; `None` where it was refused.
    pub took: Option<Duration>,
}

impl Load {
    /// Begins.
    pub fn start(address: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let running = tokio::spawn(run(address.to_owned(), stop.clone()));
        Self { stop, running }
    }

    /// Stops; all that was called.
    ///
    /// # Errors
    /// When the load itself broke.
    pub async fn stop(self) -> anyhow::Result<Vec<Call>> {
        self.stop.store(true, Ordering::Relaxed);
        self.running.await?
    }
}

/// The times of those calls that were answered well, and how many were not.
pub fn latencies<'a>(calls: impl Iterator<Item = &'a Call>) -> anyhow::Result<(Latencies, usize)> {
    let (mut latencies, mut refused) = (Latencies::default(), 0);
    for call in calls {
        match call.took {
            Some(took) => latencies.add(took),
            None => refused += 1,
        }
    }
    ensure!(latencies.count() > 0, "of {refused} creates none was answered well");
    Ok((latencies, refused))
}

async fn run(address: String, stop: Arc<AtomicBool>) -> anyhow::Result<Vec<Call>> {
    let (idle, mut next, mut calls) = (Arc::new(Idle::default()), Instant::now(), Vec::new());
    while !stop.load(Ordering::Relaxed) {
        tokio::time::sleep_until(next.into()).await;
        calls.push(tokio::spawn(create(address.clone(), idle.clone(), next)));
        next += GAP;
    }
    Ok(try_join_all(calls).await?)
}

/// Creates a task. Its time begins when it was to be sent, so that a wait of the whole counts for each that waits.
async fn create(address: String, idle: Arc<Idle>, due: Instant) -> Call {
    let at = Utc::now() - due.elapsed();
    let calling = async {
        let mut connection = idle.take(&address).await?;
        let body = json!({"title": "An ordinary task", "tags": ["meanwhile"]}).to_string();
        let status = connection.call(&send("POST", "/tasks", "application/json", &body)).await?;
        idle.give_back(connection);
        anyhow::Ok(status)
    };
    let took = match tokio::time::timeout(PATIENCE, calling).await {
        Ok(Ok(201)) => Some(due.elapsed()),
        Ok(Ok(_) | Err(_)) | Err(_) => None,
    };
    Call { at, took }
}

// Not `tests`: that is the name of a crate, too.
#[cfg(test)]
mod counting {
    use super::*;

    #[test]
    fn given_calls_when_counted_then_a_refused_one_has_no_time() {
        let call = |took| Call { at: DateTime::UNIX_EPOCH, took };
        let calls = [call(Some(Duration::from_millis(3))), call(None), call(Some(Duration::from_millis(5)))];
        let (latencies, refused) = super::latencies(calls.iter()).unwrap();
        assert_eq!((latencies.count(), latencies.millis(1.0), refused), (2, 5.0, 1));
        assert!(super::latencies(calls[1..2].iter()).is_err());
    }
}
