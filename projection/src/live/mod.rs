//! The live stream: events as they become visible, from the log, resumable at any place without loss or doubles.
//!
//! One [`tail`] per process reads the log and feeds every client; a client that resumes first reads the part it missed with a
//! reader of its own. An event is passed on only when the projection of its topic has passed it, so that whoever is told of a
//! change can read it; records that lost, or that it has parked, are no events and are never passed on.
//!
//! A client may ask for tasks of some tags or of some status ([`filter`]). It is told an event when the task matches before or after it,
//! as of that event: what the task was then is looked up in the projection `history`, once for each batch of records and all clients
//! that filter, and not at all while nobody does ([`lookup`]). Such a client waits for `history` where it is behind, the others do not.
//! Where `history` does not know what the task was, for it has parked or dropped the event or one before while `tasks` has not, the
//! event is told.
//!
//! Keeps nothing per client but a place in the log and a queue that is bounded in events and in bytes ([`room`]), whose texts all
//! clients share: who falls behind reads from the log, who stays behind is cut and resumes.

mod client;
mod filter;
mod lookup;
mod record;
mod room;
mod tail;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use client::Told;
use domain::topics;
pub use filter::LiveFilter;
use kafka_es::ConsistencyToken;
use platform::lifecycle::Shutdown;
pub use room::Taken;
use sqlx::PgPool;
use tokio::sync::{Semaphore, broadcast, mpsc};

use crate::positions::{Offsets, Positions};
use crate::projections;
use crate::source::{Log, SourceError};
use record::LiveRecord;

/// Records that may wait for a client before it has to read them from the log.
const QUEUE_RECORDS: usize = 1_024;
/// Events that are ready to be written to a client.
const READY_EVENTS: usize = 32;
/// Clients that may read the log at once for what they missed; the others wait for their turn. Each has a reader of its own, with
/// threads and connections, and after a restart all of them come back together.
pub const CATCH_UPS_MAX: usize = 32;
/// How long the first client waits until the projections' positions are known and they are filled.
const START_PATIENCE: Duration = Duration::from_secs(2);

/// The projections a topic's events must have passed before anyone is told.
const GATES: [(&str, &str); 2] =
    [(topics::TASKS, projections::tasks::NAME), (topics::REMINDERS, projections::reminders::NAME)];

/// The live stream of this process. Clones share it.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    pool: PgPool,
    positions: Positions,
    log: Arc<dyn Log>,
    shutdown: Shutdown,
    /// `None` until the first client comes.
    tail: Mutex<Option<Tail>>,
    catch_ups: Semaphore,
}

struct Tail {
    /// Everything up to here was sent.
    sent: Offsets,
    sender: broadcast::Sender<Arc<LiveRecord>>,
}

/// Why a client cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The place to resume at is not one of this log.
    #[error("{0}")]
    Place(String),
    /// It is not known yet where the log and the projections are, or these are being filled.
    #[error("the live stream cannot start: {0}")]
    Unavailable(String),
}

impl From<SourceError> for ConnectError {
    fn from(error: SourceError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl Live {
    /// A live stream that nobody listens to yet.
    pub fn new(pool: PgPool, positions: Positions, log: Arc<dyn Log>, shutdown: Shutdown) -> Self {
        Self(Arc::new(Inner {
            pool,
            positions,
            log,
            shutdown,
            tail: Mutex::new(None),
            catch_ups: Semaphore::new(CATCH_UPS_MAX),
        }))
    }

    /// What `tenant` is told of what `filter` takes, from now on, or from after `resume` on. Ends when the client is cut or the process
    /// stops.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(
        &self,
        tenant: &str,
        filter: LiveFilter,
        resume: Option<ConsistencyToken>,
    ) -> Result<mpsc::Receiver<Told>, ConnectError> {
        let history = projections::history::NAME;
        if filter.asks_for_tasks() && !self.0.positions.filled(history, START_PATIENCE).await {
            return Err(ConnectError::Unavailable(format!(
                "projection {history}, which filters need, is being filled"
            )));
        }
        let now = self.start().await?;
        let seen = match resume {
            None => now,
            Some(token) => self.place(&token, &now).await?,
        };
        let (sender, receiver) = mpsc::channel(READY_EVENTS);
        tokio::spawn(client::Client::new(self.0.clone(), tenant, filter, seen, sender).run());
        Ok(receiver)
    }

    /// Starts the tail unless it runs; says how far it has sent.
    async fn start(&self) -> Result<Offsets, ConnectError> {
        if let Some(tail) = &*self.0.tail() {
            return Ok(tail.sent.clone());
        }
        let mut from = Offsets::new();
        for (topic, projection) in GATES {
            // What one that is being filled has not passed yet may be years old: who asks what happens from now on must not be told it.
            if !self.0.positions.filled(projection, START_PATIENCE).await {
                return Err(ConnectError::Unavailable(format!(
                    "projection {projection} is being filled, or nothing is known of it yet"
                )));
            }
            let offsets = self.0.positions.current(projection);
            from.extend(offsets.into_iter().filter(|((name, _), _)| name == topic));
        }
        let mut tail = self.0.tail();
        let tail = tail.get_or_insert_with(|| {
            tokio::spawn(tail::run(self.0.clone()));
            Tail { sent: from, sender: broadcast::Sender::new(QUEUE_RECORDS) }
        });
        Ok(tail.sent.clone())
    }

    /// The place a token names, checked against the log. A partition it does not name had no record yet.
    async fn place(&self, token: &ConsistencyToken, now: &Offsets) -> Result<Offsets, ConnectError> {
        for named in token.iter() {
            if !now.contains_key(&(named.topic.clone(), named.partition)) {
                return Err(ConnectError::Place(format!("there is no partition {}/{}", named.topic, named.partition)));
            }
        }
        let place: Offsets = now
            .keys()
            .map(|(topic, partition)| ((topic.clone(), *partition), token.get(topic, *partition).unwrap_or(-1)))
            .collect();
        let ahead: BTreeSet<&(String, i32)> =
            place.iter().filter(|(key, at)| **at > now[*key]).map(|(key, _)| key).collect();
        if !ahead.is_empty() {
            // Another process may have been faster; but a place after the log's end is of another log.
            let ends = self.0.log.end_offsets(&[topics::TASKS, topics::REMINDERS]).await?;
            for partition in ahead {
                let end = ends.get(partition).copied().unwrap_or_default();
                if place[partition] >= end {
                    let (topic, partition) = partition;
                    let detail =
                        format!("{topic}/{partition} ends at {end}: the place is of another log; connect without it");
                    return Err(ConnectError::Place(detail));
                }
            }
        }
        Ok(place)
    }
}

impl Inner {
    fn tail(&self) -> MutexGuard<'_, Option<Tail>> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything sent from now on, and how far the tail had sent before.
    fn subscribe(&self) -> Option<(broadcast::Receiver<Arc<LiveRecord>>, Offsets)> {
        self.tail().as_ref().map(|tail| (tail.sender.subscribe(), tail.sent.clone()))
    }
}
