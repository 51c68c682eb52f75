//! The form of a record: one CloudEvents 1.0 event in structured JSON, or a JSON batch of one command's events.
//!
//! Knows nothing of event types; `data` stays raw JSON.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::record::Events;

/// Content type of a record with one event; see [`record_value`].
pub const CONTENT_TYPE_ONE: &str = "application/cloudevents+json";
/// Content type of a record with several events; see [`record_value`].
pub const CONTENT_TYPE_BATCH: &str = "application/cloudevents-batch+json";
/// Type of a record that a writer leaves behind where it had to know what was acknowledged and the partition held no event yet:
/// no event of any stream, its sequence is 0. See [`EnvelopeError::Blank`].
///
/// ```
/// use kafka_es::EnvelopeError;
/// use kafka_es::envelope::{BLANK_TYPE, parse_record};
///
/// let blank = serde_json::json!({
///     "specversion": "1.0", "id": "kafka-es.barrier/0@0", "source": "/kafka-es", "type": BLANK_TYPE, "subject": "barrier",
///     "time": "2026-01-01T00:00:00Z", "datacontenttype": "application/json", "partitionkey": "kafka-es.barrier/0",
///     "sequence": 0, "tenant": "kafka-es", "commandid": "barrier", "actor": "kafka-es", "data": null
/// });
/// let value = serde_json::to_vec(&blank)?;
/// assert_eq!(parse_record(Some(b"kafka-es.barrier/0"), Some(&value)), Err(EnvelopeError::Blank));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub const BLANK_TYPE: &str = "kafka-es.barrier.v1";
/// The longest stream name, in bytes; see [`stream_name`].
pub const STREAM_MAX_BYTES: usize = 1024;
/// The most events one record may carry.
///
/// ```
/// use kafka_es::envelope::BATCH_MAX_EVENTS;
///
/// // A command that would touch more is given in parts.
/// let parts = (0..2_500).collect::<Vec<_>>().chunks(BATCH_MAX_EVENTS).count();
/// assert_eq!(parts, 3);
/// ```
pub const BATCH_MAX_EVENTS: usize = 1000;

/// A CloudEvents 1.0 event with the extension attributes that the protocol needs.
///
/// ```
/// use kafka_es::Envelope;
///
/// let event = serde_json::json!({
///     "specversion": "1.0", "id": "default/42@1", "source": "/", "type": "account.opened.v1", "subject": "42",
///     "time": "2026-01-01T00:00:00Z", "datacontenttype": "application/json", "partitionkey": "default/42",
///     "sequence": 1, "tenant": "default", "commandid": "c-1", "actor": "ann", "data": {"owner": "Ann"}
/// });
/// let envelope: Envelope = serde_json::from_value(event)?;
/// assert_eq!((envelope.event_type.as_str(), envelope.sequence), ("account.opened.v1", 1));
/// assert_eq!(envelope.data.get(), r#"{"owner":"Ann"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// Always `1.0`.
    pub specversion: String,
    /// `<stream>@<sequence>`: consumers that drop a repeated `source` and `id`, as CloudEvents asks, thereby apply the
    /// rule that the first one wins.
    pub id: String,
    /// Who the events belong to, e.g. `/tenants/default`.
    pub source: String,
    /// Event type with its version, e.g. `tasklog.task.created.v1`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// What the event is about, e.g. the id of the task.
    pub subject: String,
    /// When the command was taken in.
    pub time: DateTime<Utc>,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// The stream, equal to the record's key.
    pub partitionkey: String,
    /// The event's number in its stream, from 1.
    pub sequence: u64,
    /// Whose data it is.
    pub tenant: String,
    /// Id of the command that made the event: the idempotency key.
    pub commandid: String,
    /// Fingerprint of the command's payload; the same id with another fingerprint is a misuse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commandhash: Option<String>,
    /// Id of the event or command that caused this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causationid: Option<String>,
    /// Id shared by all that follows from one request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlationid: Option<String>,
    /// Who gave the command.
    pub actor: String,
    /// W3C trace context of the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// Metadata of cqrs-es that has no attribute of its own, as a JSON object in a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// The event itself.
    #[serde(default = "null")]
    pub data: Box<RawValue>,
}

fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

impl PartialEq for Envelope {
    fn eq(&self, other: &Self) -> bool {
        let attributes = |e: &Self| {
            (
                (
                    e.specversion.clone(),
                    e.id.clone(),
                    e.source.clone(),
                    e.event_type.clone(),
                    e.subject.clone(),
                    e.time,
                ),
                (e.datacontenttype.clone(), e.partitionkey.clone(), e.sequence, e.tenant.clone(), e.commandid.clone()),
                (e.commandhash.clone(), e.causationid.clone(), e.correlationid.clone(), e.actor.clone()),
                (e.traceparent.clone(), e.metadata.clone(), e.data.get().to_owned()),
            )
        };
        attributes(self) == attributes(other)
    }
}

/// Why a record is no event.
///
/// ```
/// use kafka_es::EnvelopeError;
/// use kafka_es::envelope::parse_record;
///
/// assert_eq!(parse_record(None, Some(b"{}")), Err(EnvelopeError::Key));
/// assert_eq!(parse_record(Some(b"default/42"), None), Err(EnvelopeError::Empty));
/// assert!(matches!(parse_record(Some(b"default/42"), Some(b"hello")), Err(EnvelopeError::Json(_))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// No key, or a key that is not the name of a stream: 1 to 1024 bytes of text without NUL.
    #[error("the record's key is not the name of a stream")]
    Key,
    /// The record stands in a partition where its stream does not live.
    #[error("the record's stream lives in partition {home}, not in {found}")]
    Partition {
        /// Where the stream lives.
        home: i32,
        /// Where the record stands.
        found: i32,
    },
    /// No value: a tombstone.
    #[error("the record has no value")]
    Empty,
    /// The value is not a CloudEvent of our form.
    #[error("the record's value is not a CloudEvent: {0}")]
    Json(String),
    /// Another version of CloudEvents.
    #[error("the record's specversion is {0:?}, not 1.0")]
    SpecVersion(String),
    /// The `partitionkey` attribute is not the record's key.
    #[error("the record's partitionkey is {partitionkey:?} but its key is {key:?}")]
    PartitionKey {
        /// The attribute.
        partitionkey: String,
        /// The key.
        key: String,
    },
    /// A record of [`BLANK_TYPE`]: there on purpose, and nothing to take in.
    #[error("the record marks a barrier and is no event")]
    Blank,
    /// Sequences start at 1.
    #[error("the record's sequence is 0")]
    Sequence,
    /// An empty or too long batch, or one whose sequences do not follow each other.
    #[error("the record's batch is not a run of 1 to {BATCH_MAX_EVENTS} consecutive sequences")]
    Batch,
}

/// The stream that a key names: 1 to 1024 bytes of text without NUL.
///
/// ```
/// use kafka_es::envelope::{STREAM_MAX_BYTES, stream_name};
///
/// assert_eq!(stream_name(b"default/42"), Some("default/42"));
/// assert_eq!(stream_name(b""), None);
/// assert_eq!(stream_name(&[b'x'; STREAM_MAX_BYTES + 1]), None);
/// ```
pub fn stream_name(key: &[u8]) -> Option<&str> {
    let fits = (1..=STREAM_MAX_BYTES).contains(&key.len()) && !key.contains(&0);
    std::str::from_utf8(key).ok().filter(|_| fits)
}

/// Refuses a record that stands in a partition where its stream does not live: there it has no order among the
/// stream's other records.
///
/// ```
/// use kafka_es::envelope::check_home;
/// use kafka_es::{EnvelopeError, partition_for};
///
/// let home = partition_for(b"default/42", 12);
/// assert_eq!(check_home(b"default/42", home, 12), Ok(()));
/// let found = (home + 1) % 12;
/// assert_eq!(check_home(b"default/42", found, 12), Err(EnvelopeError::Partition { home, found }));
/// ```
///
/// # Errors
/// [`EnvelopeError::Partition`].
pub fn check_home(key: &[u8], partition: i32, count: i32) -> Result<(), EnvelopeError> {
    match crate::partitioner::partition_for(key, count) {
        home if home == partition => Ok(()),
        home => Err(EnvelopeError::Partition { home, found: partition }),
    }
}

/// The content type of a record's value, told by its first character.
pub(crate) fn content_type(value: &[u8]) -> &'static str {
    match value.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => CONTENT_TYPE_BATCH,
        _ => CONTENT_TYPE_ONE,
    }
}

/// The events of a record, one or more with consecutive sequences of one stream; the stream is the key.
///
/// ```
/// use kafka_es::envelope::parse_record;
///
/// let event = serde_json::json!({
///     "specversion": "1.0", "id": "default/42@1", "source": "/", "type": "account.opened.v1", "subject": "42",
///     "time": "2026-01-01T00:00:00Z", "datacontenttype": "application/json", "partitionkey": "default/42",
///     "sequence": 1, "tenant": "default", "commandid": "c-1", "actor": "ann", "data": {"owner": "Ann"}
/// });
/// let value = serde_json::to_vec(&event)?;
/// let events = parse_record(Some(b"default/42"), Some(&value))?;
/// assert_eq!((events.len(), events[0].commandid.as_str()), (1, "c-1"));
/// // Under another key it is nobody's event.
/// assert!(parse_record(Some(b"default/43"), Some(&value)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The record is no event at all and every reader ignores it.
pub fn parse_record(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Vec<Envelope>, EnvelopeError> {
    let (_, events) = crate::record::read(key, value)?;
    Ok(match events {
        Events::One(event) => vec![event.into()],
        Events::Many(events) => events.into_iter().map(Into::into).collect(),
    })
}

/// The value of the record that carries these events, and its content type.
///
/// ```
/// use kafka_es::Envelope;
/// use kafka_es::envelope::{CONTENT_TYPE_BATCH, CONTENT_TYPE_ONE, parse_record, record_value};
///
/// let event = serde_json::json!({
///     "specversion": "1.0", "id": "default/42@1", "source": "/", "type": "account.opened.v1", "subject": "42",
///     "time": "2026-01-01T00:00:00Z", "datacontenttype": "application/json", "partitionkey": "default/42",
///     "sequence": 1, "tenant": "default", "commandid": "c-1", "actor": "ann", "data": {"owner": "Ann"}
/// });
/// let first: Envelope = serde_json::from_value(event)?;
/// let second = Envelope { id: "default/42@2".to_owned(), sequence: 2, ..first.clone() };
/// let (_, content_type) = record_value(std::slice::from_ref(&first))?;
/// assert_eq!(content_type, CONTENT_TYPE_ONE);
/// let (value, content_type) = record_value(&[first.clone(), second.clone()])?;
/// assert_eq!(content_type, CONTENT_TYPE_BATCH);
/// assert_eq!(parse_record(Some(b"default/42"), Some(&value))?, [first, second]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Only when a value cannot be written as JSON, which no [`Envelope`] brings about.
pub fn record_value(envelopes: &[Envelope]) -> Result<(Vec<u8>, &'static str), serde_json::Error> {
    match envelopes {
        [one] => Ok((serde_json::to_vec(one)?, CONTENT_TYPE_ONE)),
        many => Ok((serde_json::to_vec(many)?, CONTENT_TYPE_BATCH)),
    }
}

#[cfg(test)]
pub(crate) mod tests;
