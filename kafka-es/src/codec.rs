//! How a domain event becomes a CloudEvents `type` and `data`, and back.

use std::borrow::Cow;

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// Why an event could not be written or read.
///
/// ```
/// use kafka_es::CodecError;
///
/// let error = CodecError::new("door.painted.v1", "this build knows no paint");
/// assert_eq!(error.event_type, "door.painted.v1");
/// assert_eq!(error.to_string(), "event of type \"door.painted.v1\": this build knows no paint");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("event of type {event_type:?}: {reason}")]
pub struct CodecError {
    /// CloudEvents type of the event, empty when it could not be told.
    pub event_type: String,
    /// What was wrong.
    pub reason: String,
}

impl CodecError {
    /// An error about an event of this type.
    pub fn new(event_type: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self { event_type: event_type.into(), reason: reason.to_string() }
    }
}

/// Translates events to and from the pair that a CloudEvent carries. Old versions of an event are upcast here.
///
/// ```
/// use kafka_es::{AdjacentlyTagged, CodecError, EventCodec};
/// use serde::{Deserialize, Serialize};
/// use serde_json::value::{RawValue, to_raw_value};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// #[serde(tag = "type", content = "data")]
/// enum Door {
///     #[serde(rename = "door.opened.v2")]
///     Opened { by: String },
/// }
///
/// /// Version 1 did not say who it was.
/// struct Upcasting;
///
/// impl EventCodec<Door> for Upcasting {
///     fn encode(event: &Door) -> Result<(String, Box<RawValue>), CodecError> {
///         AdjacentlyTagged::encode(event)
///     }
///
///     fn decode(event_type: &str, data: &RawValue) -> Result<Door, CodecError> {
///         match event_type {
///             "door.opened.v1" => Ok(Door::Opened { by: "somebody".to_owned() }),
///             _ => AdjacentlyTagged::decode(event_type, data),
///         }
///     }
/// }
///
/// let old = to_raw_value(&serde_json::json!({}))?;
/// assert_eq!(Upcasting::decode("door.opened.v1", &old)?, Door::Opened { by: "somebody".to_owned() });
/// let (event_type, _) = Upcasting::encode(&Door::Opened { by: "Ann".to_owned() })?;
/// assert_eq!(event_type, "door.opened.v2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait EventCodec<E>: Send + Sync + 'static {
    /// The event's CloudEvents type and data.
    fn encode(event: &E) -> Result<(String, Box<RawValue>), CodecError>;

    /// The event of a type and data; an unknown type or unreadable data is an error, and blocks the stream.
    fn decode(event_type: &str, data: &RawValue) -> Result<E, CodecError>;
}

/// For events that are `#[serde(tag = "type", content = "data")]` enums: the tag is the CloudEvents type.
///
/// ```
/// use kafka_es::{AdjacentlyTagged, EventCodec};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// #[serde(tag = "type", content = "data")]
/// enum Door {
///     #[serde(rename = "door.opened.v1")]
///     Opened { by: String },
/// }
///
/// let event = Door::Opened { by: "Ann".to_owned() };
/// let (event_type, data) = AdjacentlyTagged::encode(&event)?;
/// assert_eq!((event_type.as_str(), data.get()), ("door.opened.v1", r#"{"by":"Ann"}"#));
/// let back: Door = AdjacentlyTagged::decode(&event_type, &data)?;
/// assert_eq!(back, event);
/// # Ok::<(), kafka_es::CodecError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AdjacentlyTagged;

#[derive(Deserialize)]
struct Tagged<'a> {
    #[serde(borrow, rename = "type")]
    event_type: Cow<'a, str>,
    #[serde(default)]
    data: Option<Box<RawValue>>,
}

/// Tag and content where serde writes one right behind the other, without a second parse of all.
fn split(json: &str) -> Option<(&str, &str)> {
    let (tag, rest) = json.strip_prefix(r#"{"type":""#)?.split_once('"')?;
    let content = rest.strip_prefix(r#","data":"#)?.strip_suffix('}')?;
    (!tag.contains('\\')).then_some((tag, content))
}

impl<E: Serialize + DeserializeOwned> EventCodec<E> for AdjacentlyTagged {
    fn encode(event: &E) -> Result<(String, Box<RawValue>), CodecError> {
        let json = serde_json::to_string(event).map_err(|e| CodecError::new("", e))?;
        if let Some((event_type, data)) = split(&json)
            && let Ok(data) = RawValue::from_string(data.to_owned())
        {
            return Ok((event_type.to_owned(), data));
        }
        let tagged: Tagged<'_> = serde_json::from_str(&json).map_err(|e| CodecError::new("", e))?;
        let data = tagged.data.unwrap_or_else(|| RawValue::NULL.to_owned());
        Ok((tagged.event_type.into_owned(), data))
    }

    fn decode(event_type: &str, data: &RawValue) -> Result<E, CodecError> {
        // The tag stands before the content, so serde reads the content straight into the variant without a buffer.
        let tag = serde_json::to_string(event_type).map_err(|e| CodecError::new(event_type, e))?;
        let json = match data.get() {
            "null" => format!("{{\"type\":{tag}}}"),
            data => format!("{{\"type\":{tag},\"data\":{data}}}"),
        };
        serde_json::from_str(&json).map_err(|e| CodecError::new(event_type, e))
    }
}

/// For any serde event: the type is [`DomainEvent::event_type`] and the data is the whole serde value.
///
/// ```
/// use cqrs_es::doc::CustomerEvent;
/// use kafka_es::{EventCodec, WholeEvent};
///
/// let event = CustomerEvent::NameAdded { name: "Ann".to_owned() };
/// let (event_type, data) = WholeEvent::encode(&event)?;
/// assert_eq!((event_type.as_str(), data.get()), ("NameAdded", r#"{"NameAdded":{"name":"Ann"}}"#));
/// let back: CustomerEvent = WholeEvent::decode(&event_type, &data)?;
/// assert_eq!(back, event);
/// # Ok::<(), kafka_es::CodecError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct WholeEvent;

impl<E: DomainEvent> EventCodec<E> for WholeEvent {
    fn encode(event: &E) -> Result<(String, Box<RawValue>), CodecError> {
        let event_type = event.event_type();
        let data = serde_json::value::to_raw_value(event).map_err(|e| CodecError::new(&event_type, e))?;
        Ok((event_type, data))
    }

    fn decode(event_type: &str, data: &RawValue) -> Result<E, CodecError> {
        serde_json::from_str(data.get()).map_err(|e| CodecError::new(event_type, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cqrs_es::doc::CustomerEvent;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(tag = "type", content = "data")]
    enum Door {
        #[serde(rename = "door.opened.v1")]
        Opened { by: String },
        #[serde(rename = "door.closed.v1")]
        Closed,
    }

    #[test]
    fn given_a_tagged_event_when_encoded_then_the_tag_is_the_type() {
        let event = Door::Opened { by: "Ann \"A\"".to_owned() };
        let (event_type, data) = AdjacentlyTagged::encode(&event).unwrap();
        assert_eq!((event_type.as_str(), data.get()), ("door.opened.v1", r#"{"by":"Ann \"A\""}"#));
        assert_eq!(<AdjacentlyTagged as EventCodec<Door>>::decode(&event_type, &data).unwrap(), event);
    }

    #[test]
    fn given_a_unit_event_when_encoded_then_its_data_is_null_and_it_comes_back() {
        let (event_type, data) = AdjacentlyTagged::encode(&Door::Closed).unwrap();
        assert_eq!(data.get(), "null");
        assert_eq!(<AdjacentlyTagged as EventCodec<Door>>::decode(&event_type, &data).unwrap(), Door::Closed);
    }

    #[test]
    fn given_an_unknown_type_when_decoded_then_the_error_names_it() {
        let error = <AdjacentlyTagged as EventCodec<Door>>::decode("door.painted.v9", RawValue::NULL).unwrap_err();
        assert_eq!(error.event_type, "door.painted.v9");
    }

    #[test]
    fn given_any_domain_event_when_encoded_whole_then_it_comes_back() {
        let event = CustomerEvent::NameAdded { name: "x".to_owned() };
        let (event_type, data) = WholeEvent::encode(&event).unwrap();
        assert_eq!(event_type, "NameAdded");
        assert_eq!(<WholeEvent as EventCodec<CustomerEvent>>::decode(&event_type, &data).unwrap(), event);
    }
}
