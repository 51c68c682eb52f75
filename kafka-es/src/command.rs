//! What goes into a command and what comes out.

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use uuid::Uuid;

use crate::token::Position;

/// What the store asks of an aggregate: a cqrs-es aggregate whose state and commands can be cloned, because a command
/// that lost the race is decided again. Implemented by itself.
pub trait StoredAggregate: Aggregate<Command: Clone + Send, Error: Send> + Clone + 'static {}

impl<A: Aggregate<Command: Clone + Send, Error: Send> + Clone + 'static> StoredAggregate for A {}

/// Who gives a command, and what goes into the envelope of its events.
#[derive(Clone, Debug)]
pub struct CommandMeta {
    /// Whose data it is.
    pub tenant: String,
    /// CloudEvents source, e.g. `/tenants/default`.
    pub source: String,
    /// CloudEvents subject, e.g. the task's id.
    pub subject: String,
    /// The idempotency key: the same id in the same stream is executed once.
    pub command_id: String,
    /// Fingerprint of the payload; the same id with another fingerprint is [`ExecuteError::KeyReused`].
    pub fingerprint: Option<String>,
    /// What caused the command.
    pub causation_id: Option<String>,
    /// What the command belongs to.
    pub correlation_id: Option<String>,
    /// Who gave it.
    pub actor: String,
    /// When it was taken in.
    pub time: DateTime<Utc>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

impl CommandMeta {
    /// The least that a command needs: a fresh random id, the stream as its subject, tenant `default`, nobody's name.
    /// Give an id of your own wherever the caller may try again.
    ///
    /// ```
    /// use kafka_es::CommandMeta;
    /// let meta = CommandMeta::new("default/42", chrono::Utc::now());
    /// let meta = CommandMeta { command_id: "from-the-caller".to_owned(), ..meta };
    /// assert_eq!((meta.subject.as_str(), meta.tenant.as_str()), ("default/42", "default"));
    /// ```
    pub fn new(stream: &str, time: DateTime<Utc>) -> Self {
        Self {
            tenant: "default".to_owned(),
            source: "/".to_owned(),
            subject: stream.to_owned(),
            command_id: Uuid::new_v4().to_string(),
            fingerprint: None,
            causation_id: None,
            correlation_id: None,
            actor: "unknown".to_owned(),
            time,
            traceparent: None,
        }
    }
}

/// The version that a command's author has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Any version is fine.
    Any,
    /// Exactly this version; 0 for a stream without events.
    Version(u64),
}

/// How fresh a read must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// What this process has applied.
    Local,
    /// Everything that was in the log when the read began (one more round trip).
    Barrier,
}

/// A stream's state.
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    /// The aggregate after its last event.
    pub aggregate: A,
    /// Sequence of its last event.
    pub sequence: u64,
}

/// How a command came to be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its events are in the log, appended by this call.
    Appended,
    /// It changes nothing, judged on current state; nothing was written.
    Unchanged,
    /// Its events were in the log already, from an earlier call with the same command id.
    Replayed,
}

/// A committed command.
#[derive(Clone, Debug)]
pub struct Committed<A> {
    /// The aggregate right after the command's last event.
    pub aggregate: A,
    /// Sequence of that event.
    pub sequence: u64,
    /// Where that event's record stands. For `Unchanged` in a stream without events: the last record of the partition.
    pub position: Position,
    /// How it came to be.
    pub outcome: Outcome,
}
