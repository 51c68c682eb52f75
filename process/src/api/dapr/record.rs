//! What a sidecar says of a record.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::delivery::TRIGGERED;

/// What an event says of itself; whether it is so, the log says.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Claim {
    #[serde(rename = "type")]
    event_type: String,
    /// Its stream.
    pub(super) partitionkey: String,
    /// Its number in the stream.
    pub(super) sequence: u64,
}

impl Claim {
    /// Whether it says that a reminder rang.
    pub(super) fn rang(&self) -> bool {
        self.event_type == TRIGGERED
    }
}

/// The events of a record that a sidecar hands over: as it is, a CloudEvent, or as the bytes in a CloudEvent that daprd makes around them.
///
/// # Errors
/// Why it is no record of ours, and never will be.
pub(super) fn claims(event: Map<String, Value>) -> Result<Vec<Claim>, String> {
    let record = match event.get("data_base64") {
        None => Value::Object(event),
        Some(data) => {
            let text = data.as_str().ok_or("data_base64 is no text")?;
            let bytes = STANDARD.decode(text).map_err(|error| format!("data_base64 is not base64: {error}"))?;
            serde_json::from_slice(&bytes).map_err(|error| format!("the record is not JSON: {error}"))?
        }
    };
    let read = match record {
        Value::Array(_) => serde_json::from_value(record),
        record => serde_json::from_value(record).map(|claim| vec![claim]),
    };
    read.map_err(|error| format!("the record is no event: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rang() -> Value {
        json!({
            "specversion": "1.0", "id": "default/1@2", "source": "/tenants/default", "type": TRIGGERED, "subject": "1",
            "time": "2026-12-01T08:00:00Z", "datacontenttype": "application/json", "partitionkey": "default/1", "sequence": 2,
            "tenant": "default", "commandid": "c", "actor": "tasklog/reminders", "data": {"late": false},
        })
    }

    /// What daprd makes of bytes that it does not read.
    fn raw(bytes: &[u8]) -> Value {
        json!({
            "id": "8c8d6d2e-4b53-4bd8-a5b5-37a76f0d1c5b", "specversion": "1.0", "datacontenttype": "application/octet-stream",
            "source": "Dapr", "type": "com.dapr.event.sent", "topic": "reminders", "pubsubname": "tasklog-pubsub",
            "data_base64": STANDARD.encode(bytes),
        })
    }

    fn read(body: Value) -> Result<Vec<Claim>, String> {
        let Value::Object(event) = body else { panic!("{body} is no object") };
        claims(event)
    }

    #[test]
    fn given_an_event_as_it_is_or_as_bytes_then_it_is_the_same() {
        let claim = Claim { event_type: TRIGGERED.to_owned(), partitionkey: "default/1".to_owned(), sequence: 2 };
        assert!(claim.rang());
        assert_eq!(read(rang()).unwrap(), [claim]);
        assert_eq!(read(raw(rang().to_string().as_bytes())).unwrap(), read(rang()).unwrap());
    }

    #[test]
    fn given_events_of_one_command_then_all_of_them_are_read() {
        let batch = json!([rang(), rang()]).to_string();
        assert_eq!(read(raw(batch.as_bytes())).unwrap().len(), 2);
    }

    #[test]
    fn given_what_is_no_event_then_it_is_said_why() {
        let odd: [&[u8]; 6] = [b"", b"\xff\xfe not JSON", b"null", b"{}", b"[{}]", b"{\"type\":1}"];
        for bytes in odd {
            assert!(read(raw(bytes)).unwrap_err().starts_with("the record is n"), "{bytes:?}");
        }
        assert!(read(json!({})).is_err());
        assert!(read(json!({"data_base64": 1})).unwrap_err().contains("no text"));
        assert!(read(json!({"data_base64": "%"})).unwrap_err().contains("not base64"));
    }
}
