//! Reading a record where it lies: its events borrow from the record's bytes, so that reading a long log allocates
//! nothing for what nobody keeps.
//!
//! Whether a record is an event of its stream at all is decided here, by key and value alone, so that every reader
//! agrees.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::envelope::{
    BATCH_MAX_EVENTS, BLANK_TYPE, CONTENT_TYPE_BATCH, CONTENT_TYPE_ONE, Envelope, EnvelopeError, content_type,
    stream_name,
};

/// Room for an event of the usual size.
const EVENT_BYTES: usize = 512;

/// A text, borrowed where the JSON has no escapes.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.0.into_owned()
    }
}

/// An [`Envelope`] that borrows; the same attributes in the same order.
#[derive(Serialize, Deserialize)]
pub(crate) struct EventRef<'a> {
    #[serde(borrow)]
    pub(crate) specversion: Text<'a>,
    pub(crate) id: Text<'a>,
    pub(crate) source: Text<'a>,
    #[serde(rename = "type")]
    pub(crate) event_type: Text<'a>,
    pub(crate) subject: Text<'a>,
    #[serde(serialize_with = "time_in_one")]
    pub(crate) time: DateTime<Utc>,
    pub(crate) datacontenttype: Text<'a>,
    pub(crate) partitionkey: Text<'a>,
    pub(crate) sequence: u64,
    pub(crate) tenant: Text<'a>,
    pub(crate) commandid: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) commandhash: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) causationid: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) correlationid: Option<Text<'a>>,
    pub(crate) actor: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) traceparent: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Text<'a>>,
    #[serde(default = "null")]
    pub(crate) data: &'a RawValue,
}

/// As chrono's own, which writes it in many small parts.
fn time_in_one<S: serde::Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn null<'a>() -> &'a RawValue {
    RawValue::NULL
}

impl From<EventRef<'_>> for Envelope {
    fn from(event: EventRef<'_>) -> Self {
        Self {
            specversion: event.specversion.into(),
            id: event.id.into(),
            source: event.source.into(),
            event_type: event.event_type.into(),
            subject: event.subject.into(),
            time: event.time,
            datacontenttype: event.datacontenttype.into(),
            partitionkey: event.partitionkey.into(),
            sequence: event.sequence,
            tenant: event.tenant.into(),
            commandid: event.commandid.into(),
            commandhash: event.commandhash.map(Into::into),
            causationid: event.causationid.map(Into::into),
            correlationid: event.correlationid.map(Into::into),
            actor: event.actor.into(),
            traceparent: event.traceparent.map(Into::into),
            metadata: event.metadata.map(Into::into),
            data: event.data.to_owned(),
        }
    }
}

/// The events of one record, most often a single one.
#[expect(clippy::large_enum_variant, reason = "lives on the stack, for as long as one record is looked at")]
pub(crate) enum Events<'a> {
    One(EventRef<'a>),
    Many(Vec<EventRef<'a>>),
}

impl<'a> Events<'a> {
    pub(crate) fn all(&self) -> &[EventRef<'a>] {
        match self {
            Self::One(event) => std::slice::from_ref(event),
            Self::Many(events) => events,
        }
    }

    /// The first and the last one: a record without events is foreign.
    pub(crate) fn ends(&self) -> (&EventRef<'a>, &EventRef<'a>) {
        match self {
            Self::One(event) => (event, event),
            Self::Many(events) => (&events[0], &events[events.len() - 1]),
        }
    }
}

/// The stream and the events of a record, with consecutive sequences; the stream is the key.
///
/// # Errors
/// The record is no event at all and every reader ignores it.
pub(crate) fn read<'a>(key: Option<&'a [u8]>, value: Option<&'a [u8]>) -> Result<(&'a str, Events<'a>), EnvelopeError> {
    let key = key.and_then(stream_name).ok_or(EnvelopeError::Key)?;
    let value = value.filter(|value| !value.is_empty()).ok_or(EnvelopeError::Empty)?;
    let json = |e: serde_json::Error| EnvelopeError::Json(e.to_string());
    // Checked once, instead of at each text.
    let text = std::str::from_utf8(value).map_err(|e| EnvelopeError::Json(e.to_string()))?;
    let events = if content_type(value) == CONTENT_TYPE_BATCH {
        Events::Many(serde_json::from_str(text).map_err(json)?)
    } else {
        Events::One(serde_json::from_str(text).map_err(json)?)
    };
    check(key, events.all())?;
    Ok((key, events))
}

/// The value of the record that carries these events, and its content type: the bytes that [`record_value`] makes of the
/// same attributes.
///
/// [`record_value`]: crate::envelope::record_value
pub(crate) fn write(events: &[EventRef<'_>]) -> serde_json::Result<(Vec<u8>, &'static str)> {
    let mut value = Vec::with_capacity(EVENT_BYTES * events.len());
    let content_type = match events {
        [one] => serde_json::to_writer(&mut value, one).map(|()| CONTENT_TYPE_ONE),
        many => serde_json::to_writer(&mut value, many).map(|()| CONTENT_TYPE_BATCH),
    };
    Ok((value, content_type?))
}

fn check(key: &str, events: &[EventRef<'_>]) -> Result<(), EnvelopeError> {
    let first = events.first().filter(|_| events.len() <= BATCH_MAX_EVENTS).ok_or(EnvelopeError::Batch)?.sequence;
    for (n, event) in (0u64..).zip(events) {
        if &*event.specversion != "1.0" {
            return Err(EnvelopeError::SpecVersion(event.specversion.to_owned()));
        }
        if &*event.partitionkey != key {
            return Err(EnvelopeError::PartitionKey {
                partitionkey: event.partitionkey.to_owned(),
                key: key.to_owned(),
            });
        }
        if event.sequence == 0 {
            let blank = &*event.event_type == BLANK_TYPE;
            return Err(if blank { EnvelopeError::Blank } else { EnvelopeError::Sequence });
        }
        if Some(event.sequence) != first.checked_add(n) {
            return Err(EnvelopeError::Batch);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::record_value;
    use crate::envelope::tests::sample;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn given_any_events_when_written_by_reference_then_the_bytes_are_those_of_the_envelopes(stream in "\\PC{1,20}", actor in "\\PC*", hash in proptest::option::of("\\PC*"), count in 1u64..4) {
            let envelopes: Vec<Envelope> = (1..=count).map(|sequence| Envelope {
                commandhash: hash.clone(),
                metadata: hash.clone(),
                actor: actor.clone(),
                ..sample(&stream, sequence)
            }).collect();
            let (value, content_type) = record_value(&envelopes).unwrap();
            let (_, events) = read(Some(stream.as_bytes()), Some(&value)).unwrap();
            prop_assert_eq!(write(events.all()).unwrap(), (value.clone(), content_type));
        }
    }
}
