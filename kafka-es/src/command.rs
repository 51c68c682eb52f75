//! What goes into a command and what comes out.

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use uuid::Uuid;

use crate::token::Position;

/// What the store asks of an aggregate: a cqrs-es aggregate whose state and commands can be cloned, because a command
/// that lost the race is decided again. Implemented by itself.
///
/// ```
/// use cqrs_es::event_sink::EventSink;
/// use cqrs_es::{Aggregate, DomainEvent};
/// use kafka_es::StoredAggregate;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Default, Serialize, Deserialize)]
/// struct Counter {
///     value: u64,
/// }
///
/// #[derive(Clone)]
/// struct CountUp;
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// #[serde(tag = "type", content = "data")]
/// enum Event {
///     #[serde(rename = "counter.counted.v1")]
///     Counted,
/// }
///
/// impl DomainEvent for Event {
///     fn event_type(&self) -> String {
///         "counter.counted.v1".to_owned()
///     }
///
///     fn event_version(&self) -> String {
///         "1".to_owned()
///     }
/// }
///
/// impl Aggregate for Counter {
///     const TYPE: &'static str = "counter";
///     type Command = CountUp;
///     type Event = Event;
///     type Error = std::convert::Infallible;
///     type Services = ();
///
///     async fn handle(&mut self, _: CountUp, (): &(), sink: &EventSink<Self>) -> Result<(), Self::Error> {
///         sink.write(Event::Counted, self).await;
///         Ok(())
///     }
///
///     fn apply(&mut self, _: Event) {
///         self.value += 1;
///     }
/// }
///
/// fn can_be_stored<A: StoredAggregate>() {}
/// can_be_stored::<Counter>();
/// ```
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
///
/// ```
/// use kafka_es::Expected;
///
/// // As an HTTP API might read `If-Match: "7"`.
/// let expected = |header: Option<&str>| match header {
///     Some(tag) => tag.trim_matches('"').parse().map(Expected::Version),
///     None => Ok(Expected::Any),
/// };
/// assert_eq!(expected(Some("\"7\"")), Ok(Expected::Version(7)));
/// assert_eq!(expected(None), Ok(Expected::Any));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Any version is fine.
    Any,
    /// Exactly this version; 0 for a stream without events.
    Version(u64),
}

/// How fresh a read must be; see [`EventStore::load`](crate::EventStore::load).
///
/// ```
/// use kafka_es::Freshness;
///
/// // What was written elsewhere a moment ago must be seen, or may be missed.
/// let needed = |after_a_write_elsewhere| if after_a_write_elsewhere { Freshness::Barrier } else { Freshness::Local };
/// assert_eq!(needed(true), Freshness::Barrier);
/// assert_eq!(needed(false), Freshness::Local);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// What this process has applied.
    Local,
    /// Everything that was in the log when the read began (one more round trip).
    Barrier,
}

/// A stream's state.
///
/// ```
/// use kafka_es::{Expected, Loaded};
///
/// let loaded = Loaded { aggregate: "the aggregate", sequence: 3 };
/// // What was decided on this state holds for this version alone.
/// assert_eq!(Expected::Version(loaded.sequence), Expected::Version(3));
/// # assert_eq!(loaded.aggregate, "the aggregate");
/// ```
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    /// The aggregate after its last event.
    pub aggregate: A,
    /// Sequence of its last event.
    pub sequence: u64,
}

/// How a command came to be committed.
///
/// ```
/// use kafka_es::Outcome;
///
/// let http_status = |outcome| match outcome {
///     Outcome::Appended => 201,
///     // Nothing new, but as the caller wants it.
///     Outcome::Unchanged | Outcome::Replayed => 200,
/// };
/// assert_eq!(http_status(Outcome::Appended), 201);
/// assert_eq!(http_status(Outcome::Replayed), 200);
/// ```
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
///
/// ```
/// use kafka_es::{Committed, ConsistencyToken, Outcome, Position};
///
/// let position = Position { topic: "task-events".to_owned(), partition: 5, offset: 1042 };
/// let committed = Committed { aggregate: (), sequence: 7, position, outcome: Outcome::Appended };
/// // What a reader must have applied to see it.
/// let mut token = ConsistencyToken::new();
/// token.insert(&committed.position);
/// assert_eq!(token.to_string(), "task-events/5@1042");
/// # assert_eq!((committed.sequence, committed.outcome, committed.aggregate), (7, Outcome::Appended, ()));
/// ```
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
