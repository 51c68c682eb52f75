//! One client of the live stream.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::topics;
use kafka_es::ConsistencyToken;
use tokio::sync::{broadcast, mpsc};

use super::filter::LiveFilter;
use super::record::{LiveEvent, LiveRecord, visible};
use super::room::{Room, Taken};
use super::tail::last_of;
use super::{Inner, lookup};
use crate::metrics_definitions as metric;
use crate::positions::{Offsets, merge_applied};

/// Records that a client which catches up takes from the log at once. They are in memory for as long as it takes for them.
const BATCH_MAX_RECORDS: usize = 64;
/// After so long a client that catches up gives its turn to others who wait, for one that reads slowly would never be done.
const TURN_MAX: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(500);
/// A client that missed no more than this in the tail's queue reads it from the log; one that missed more is too slow.
const MISSED_MAX_RECORDS: u64 = 4 * super::QUEUE_RECORDS as u64;
/// So many records in a row that are of no concern to a client, and it is told its place.
const SILENCE_MAX_RECORDS: usize = 1_000;
/// A client that takes nothing for this long is not there.
const STALL_MAX: Duration = Duration::from_secs(60);

/// What a client is told.
#[derive(Debug)]
pub enum Told {
    /// Something happened.
    Event {
        /// Where to resume after it.
        id: String,
        /// `task.created` and so on.
        kind: String,
        /// The CloudEvent: the lines that end a server-sent event. All clients share it.
        data: Arc<str>,
        /// What it takes of the client's room, until it is sent.
        room: Taken,
    },
    /// Nothing that concerns it, up to here: a client with a filter does not learn its place from events alone.
    Place {
        /// Where to resume after it.
        id: String,
    },
    /// It read too slowly and is cut; it may resume where it was.
    Cut,
}

/// A client with its place in the log.
pub(super) struct Client {
    inner: Arc<Inner>,
    tenant: String,
    filter: LiveFilter,
    /// Everything up to here was told.
    seen: Offsets,
    /// Records since it was told anything.
    silent: usize,
    room: Room,
    sender: mpsc::Sender<Told>,
}

/// The client is gone, or the process stops.
struct Gone;

impl Client {
    pub(super) fn new(
        inner: Arc<Inner>,
        tenant: &str,
        filter: LiveFilter,
        seen: Offsets,
        sender: mpsc::Sender<Told>,
    ) -> Self {
        Self { inner, tenant: tenant.to_owned(), filter, seen, silent: 0, room: Room::new(), sender }
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
        if !self.filter.is_empty() {
            // Its first event may be far off, and it must not miss one should it break off before.
            self.tell_place().await?;
        }
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

    async fn send_event(&self, id: String, event: &LiveEvent) -> Result<(), Gone> {
        let room = tokio::time::timeout(STALL_MAX, self.room.take(id.len() + event.data.len())).await;
        // Never closed.
        let room = room.map_err(|_| Gone)?.map_err(|_| Gone)?;
        self.send(Told::Event { id, kind: event.kind.clone(), data: event.data.clone(), room }).await
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
            if self.filter.asks_for_tasks() {
                // Before there is a turn to give back: others must not wait for what this client needs.
                lookup::until_known(&self.inner, to).await;
            }
            let inner = self.inner.clone();
            // Given back with the reader, caught up or not. Never closed.
            let turn = inner.catch_ups.acquire().await.map_err(|_| Gone)?;
            let began = Instant::now();
            if let Ok(mut source) = inner.log.open(missing).await {
                'turn: while self.seen.iter().any(|(partition, seen)| to.get(partition).is_some_and(|end| seen < end)) {
                    let Ok(mut batch) = source.next_batch(BATCH_MAX_RECORDS).await else { break };
                    // What is after `to` comes from the tail.
                    batch.retain(|record| {
                        let end = to.get(&(record.position.topic.clone(), record.position.partition));
                        end.is_some_and(|end| record.position.offset <= *end)
                    });
                    let Ok(records) = visible(&self.inner, &batch).await else { break };
                    let reached = last_of(&batch);
                    // The client may take its time: what is told is not kept, and what was read not twice.
                    drop(batch);
                    for record in records {
                        self.tell(&record).await?;
                        if began.elapsed() > TURN_MAX {
                            break 'turn;
                        }
                    }
                    for (partition, offset) in &reached {
                        self.pass(partition, *offset);
                    }
                }
            }
            drop(turn);
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
        let wanted = self.wanted(record).await;
        let Some((last, others)) = wanted.split_last() else {
            self.pass(&record.partition, record.offset);
            return self.keep_silent().await;
        };
        // A place in the log is a record's: whoever breaks off within one is told it again.
        for event in others {
            self.send_event(self.id(), event).await?;
        }
        self.pass(&record.partition, record.offset);
        self.send_event(self.id(), last).await?;
        self.silent = 0;
        Ok(())
    }

    /// The events of a record that concern the client.
    async fn wanted<'a>(&self, record: &'a LiveRecord) -> Vec<&'a LiveEvent> {
        if record.tenant != self.tenant || !self.filter.names(record.id) {
            return Vec::new();
        }
        if !self.filter.asks_for_tasks() {
            return record.events.iter().collect();
        }
        if record.partition.0 != topics::TASKS {
            return Vec::new();
        }
        let past = record.facets.found(&self.inner).await.get(&record.stream);
        let concerns = |event: &&LiveEvent| past.is_none_or(|past| past.concerns(&self.filter, event.sequence));
        record.events.iter().filter(concerns).collect()
    }

    async fn keep_silent(&mut self) -> Result<(), Gone> {
        self.silent += 1;
        if self.silent < SILENCE_MAX_RECORDS {
            return Ok(());
        }
        self.silent = 0;
        self.tell_place().await
    }

    async fn tell_place(&self) -> Result<(), Gone> {
        let id = self.id();
        // Before the first record of the log there is no place: an empty one means now.
        if id.is_empty() { Ok(()) } else { self.send(Told::Place { id }).await }
    }

    fn pass(&mut self, partition: &(String, i32), offset: i64) {
        match self.seen.get_mut(partition) {
            Some(seen) => *seen = offset.max(*seen),
            None => _ = self.seen.insert(partition.clone(), offset),
        }
    }

    fn id(&self) -> String {
        let mut token = ConsistencyToken::new();
        merge_applied(&mut token, &self.seen);
        token.to_string()
    }
}
