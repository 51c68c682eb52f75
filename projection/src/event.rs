//! Reads an event of the log. Every store reads through [`decode`], so that none shows what another has refused.

use chrono::{DateTime, Datelike as _, Utc};
use domain::limits;
use domain::reminder::ReminderEvent;
use domain::task::TaskEvent;
use kafka_es::{AdjacentlyTagged, Envelope, EventCodec as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// An event of a stream of ours.
pub trait StreamEvent: Serialize + DeserializeOwned {
    /// The id it gives, if it is the one that begins a stream.
    fn begins(&self) -> Option<Uuid>;

    /// The times it gives its stream.
    fn times(&self) -> [Option<DateTime<Utc>>; 3];
}

impl StreamEvent for TaskEvent {
    fn begins(&self) -> Option<Uuid> {
        match self {
            Self::Created(created) => Some(created.id),
            _ => None,
        }
    }

    fn times(&self) -> [Option<DateTime<Utc>>; 3] {
        match self {
            Self::Created(created) => [Some(created.created_at), Some(created.updated_at), created.completed_at],
            Self::Completed(completed) => [Some(completed.completed_at), completed.updated_at, None],
            changed => [Some(changed.at()), None, None],
        }
    }
}

impl StreamEvent for ReminderEvent {
    fn begins(&self) -> Option<Uuid> {
        match self {
            Self::Scheduled(scheduled) => Some(scheduled.id),
            _ => None,
        }
    }

    fn times(&self) -> [Option<DateTime<Utc>>; 3] {
        [Some(self.at()), None, None]
    }
}

/// Reads an event of ours. What another program wrote may have the right form and still be no event of its stream: applied, it
/// would show a task without an id, or one task twice.
///
/// # Errors
/// Why it is none; its stream waits for an operator then.
pub fn decode<E: StreamEvent>(envelope: &Envelope) -> Result<E, String> {
    let event: E = AdjacentlyTagged::decode(&envelope.event_type, &envelope.data).map_err(|error| error.to_string())?;
    match (event.begins(), envelope.sequence) {
        (Some(id), 1) => own_stream(envelope, id)?,
        (None, 1) => {
            return Err(format!("the stream begins with {}, which changes what is not there", envelope.event_type));
        }
        (Some(_), _) => return Err(format!("{} comes in the middle of a stream", envelope.event_type)),
        (None, _) => {}
    }
    // One store can keep the year -262143, another cannot.
    let years = limits::YEAR_MIN..=limits::YEAR_MAX;
    if let Some(time) = event.times().into_iter().flatten().find(|time| !years.contains(&time.year())) {
        return Err(format!("the event happened at {time}, outside of the years {} to {}", years.start(), years.end()));
    }
    // Postgres's text cannot hold U+0000. Refused here rather than there, where a later event of the same batch could hide it:
    // what is parked must not depend on how the log was cut into batches.
    if envelope.data.get().contains("\\u0000")
        && holds_nul(&serde_json::from_str(envelope.data.get()).unwrap_or_default())
    {
        return Err("the event holds the character U+0000".to_owned());
    }
    Ok(event)
}

/// A created event must name the id of its own stream: its row is found by the one and shown with the other.
fn own_stream(envelope: &Envelope, id: Uuid) -> Result<(), String> {
    match domain::tenant::parse_stream_id(&envelope.partitionkey) {
        Some((_, stream)) if stream == id => Ok(()),
        _ => Err(format!("the event creates {id}, which is not the id of its stream")),
    }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
