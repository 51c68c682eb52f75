//! One client of the live stream.

use std::sync::Arc;
use std::time::Duration;

use kafka_es::ConsistencyToken;
use tokio::sync::{broadcast, mpsc};

use super::Inner;
use super::record::{LiveRecord, visible};
use crate::metrics_definitions as metric;
use crate::positions::{Offsets, merge_applied};

const BATCH_MAX_RECORDS: usize = 256;
const RETRY: Duration = Duration::from_millis(500);
/// A client that missed no more than this in the tail's queue reads it from the log; one that missed more is too slow.
const MISSED_MAX_RECORDS: u64 = 4 * super::QUEUE_RECORDS as u64;
/// A client that takes nothing for this long is not there.
const STALL_MAX: Duration = Duration::from_secs(60);

/// What a client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something happened.
    Event {
        /// Where to resume after it.
        id: String,
        /// `task.created` and so on.
        kind: String,
        /// The CloudEvent, in one line.
        json: String,
    },
    /// It read too slowly and is cut; it may resume where it was.
    Cut,
}

/// A client with its place in the log.
pub(super) struct Client {
    inner: Arc<Inner>,
    tenant: String,
    /// Everything up to here was told.
    seen: Offsets,
    sender: mpsc::Sender<Told>,
}

/// The client is gone, or the process stops.
struct Gone;

impl Client {
    pub(super) fn new(inner: Arc<Inner>, tenant: &str, seen: Offsets, sender: mpsc::Sender<Told>) -> Self {
        Self { inner, tenant: tenant.to_owned(), seen, sender }
    }

    pub(super) async fn run(mut self) {
        metric::live_clients(1.0);
        let (shutdown, sender) = (self.inner.shutdown.clone(), self.sender.clone());
        tokio::select! {
            () = shutdown.requested() => {}
            () = sender.closed() => {}
            _ = self.follow() => {}
        }
        metric::live_clients(-1.0);
    }

    async fn follow(&mut self) -> Result<(), Gone> {
        // Far behind: read up to the tail before taking part in it, so that its queue does not run over meanwhile.
        if let Some((_, sent)) = self.inner.subscribe() {
            self.catch_up(&sent).await?;
        }
        loop {
            let (mut live, sent) = self.inner.subscribe().ok_or(Gone)?;
            self.catch_up(&sent).await?;
            let missed = loop {
                match live.recv().await {
                    Ok(record) => self.tell(&record).await?,
                    Err(broadcast::error::RecvError::Closed) => return Ok(()),
                    Err(broadcast::error::RecvError::Lagged(missed)) => break missed,
                }
            };
            if missed > MISSED_MAX_RECORDS {
                metric::live_client_cut();
                return self.send(Told::Cut).await;
            }
        }
    }

    async fn send(&self, told: Told) -> Result<(), Gone> {
        match self.sender.send_timeout(told, STALL_MAX).await {
            Ok(()) => Ok(()),
            Err(_) => Err(Gone),
        }
    }

    /// Tells what lies between the client's place and `to`, which the tail has found visible.
    async fn catch_up(&mut self, to: &Offsets) -> Result<(), Gone> {
        loop {
            let missing: Offsets = to
                .iter()
                .filter_map(|(partition, end)| {
                    let seen = self.seen.get(partition).copied().unwrap_or(-1);
                    (seen < *end).then(|| (partition.clone(), seen + 1))
                })
                .collect();
            if missing.is_empty() {
                return Ok(());
            }
            let inner = self.inner.clone();
            // Given back with the reader, at the latest when the client has taken nothing for too long. Never closed.
            let _turn = inner.catch_ups.acquire().await.map_err(|_| Gone)?;
            if let Ok(mut source) = inner.log.open(missing).await {
                while self.seen.iter().any(|(partition, seen)| to.get(partition).is_some_and(|end| seen < end)) {
                    let Ok(mut batch) = source.next_batch(BATCH_MAX_RECORDS).await else { break };
                    // What is after `to` comes from the tail.
                    batch.retain(|record| {
                        let end = to.get(&(record.position.topic.clone(), record.position.partition));
                        end.is_some_and(|end| record.position.offset <= *end)
                    });
                    let Ok(records) = visible(&self.inner.pool, &batch).await else { break };
                    for record in records {
                        self.tell(&record).await?;
                    }
                    for record in &batch {
                        self.pass(&(record.position.topic.clone(), record.position.partition), record.position.offset);
                    }
                }
            }
            if !self.is_at(to) {
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    fn is_at(&self, to: &Offsets) -> bool {
        to.iter().all(|(partition, end)| self.seen.get(partition).is_some_and(|seen| seen >= end))
    }

    async fn tell(&mut self, record: &LiveRecord) -> Result<(), Gone> {
        if self.seen.get(&record.partition).is_some_and(|seen| record.offset <= *seen) {
            return Ok(());
        }
        let before = self.id();
        self.pass(&record.partition, record.offset);
        if record.tenant != self.tenant {
            return Ok(());
        }
        let after = self.id();
        for (index, event) in record.events.iter().enumerate() {
            // A place in the log is a record's: whoever breaks off within one is told it again.
            let id = if index + 1 == record.events.len() { after.clone() } else { before.clone() };
            let told = Told::Event { id, kind: event.kind.clone(), json: event.json.clone() };
            self.send(told).await?;
        }
        Ok(())
    }

    fn pass(&mut self, partition: &(String, i32), offset: i64) {
        let seen = self.seen.entry(partition.clone()).or_insert(-1);
        *seen = offset.max(*seen);
    }

    fn id(&self) -> String {
        let mut token = ConsistencyToken::new();
        merge_applied(&mut token, &self.seen);
        token.to_string()
    }
}
