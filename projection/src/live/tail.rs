//! Reads the end of the log once for all clients.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kafka_es::{ConsistencyToken, LogRecord};

use super::record::visible;
use super::{GATES, Inner};
use crate::positions::Offsets;

/// Records taken from the log at once.
const BATCH_MAX_RECORDS: usize = 512;
/// Pause before a part that failed is tried again.
pub(super) const RETRY: Duration = Duration::from_millis(500);
/// A wait for a projection is renewed after this; a projection may stand still for as long as it must.
pub(super) const GATE_PATIENCE: Duration = Duration::from_secs(3_600);

/// Sends what becomes visible until the process stops.
pub(super) async fn run(inner: Arc<Inner>) {
    let running = Running(inner);
    tokio::select! {
        () = running.0.shutdown.requested() => {}
        () = follow(&running.0) => {}
    }
}

/// While it is there the tail runs. However it ends, by a panic too, clients then learn that nothing comes any more: their
/// streams end, and the next one to connect starts a new tail.
struct Running(Arc<Inner>);

impl Drop for Running {
    fn drop(&mut self) {
        *self.0.tail() = None;
    }
}

async fn follow(inner: &Inner) {
    let mut told = false;
    loop {
        let Some((_, sent)) = inner.subscribe() else { return };
        let next = sent.into_iter().map(|(partition, at)| (partition, at + 1)).collect();
        let failed = match inner.log.open(next).await {
            Err(error) => error,
            Ok(mut source) => loop {
                match source.next_batch(BATCH_MAX_RECORDS).await {
                    Ok(batch) => {
                        told = false;
                        send(inner, &batch).await;
                    }
                    Err(error) => break error,
                }
            },
        };
        if !told {
            tracing::warn!(error = %failed, "the live stream cannot read the log, trying again");
        }
        told = true;
        tokio::time::sleep(RETRY).await;
    }
}

async fn send(inner: &Inner, batch: &[LogRecord]) {
    let reached = last_of(batch);
    wait_until_visible(inner, &reached).await;
    let records = loop {
        match visible(inner, batch).await {
            Ok(records) => break records,
            // Postgres is away, which others say; its clients wait.
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    };
    if let Some(tail) = &mut *inner.tail() {
        for record in records {
            // An error says that nobody listens just now.
            let _ = tail.sender.send(record);
        }
        tail.sent.extend(reached);
    }
}

/// How far these records reach.
pub(super) fn last_of(batch: &[LogRecord]) -> Offsets {
    let mut last = BTreeMap::new();
    for record in batch {
        let position = &record.position;
        let offset = last.entry((position.topic.clone(), position.partition)).or_insert(position.offset);
        *offset = position.offset.max(*offset);
    }
    last
}

async fn wait_until_visible(inner: &Inner, reached: &Offsets) {
    let mut token = ConsistencyToken::new();
    crate::positions::merge_applied(&mut token, reached);
    for (_, projection) in GATES {
        while inner.positions.wait_for(projection, &token, GATE_PATIENCE).await.is_err() {}
    }
}
