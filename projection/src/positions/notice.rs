//! What a projector tells other processes when it has committed, over Postgres's NOTIFY.

use serde::{Deserialize, Serialize};

/// The channel.
pub const CHANNEL: &str = "projection";

/// Postgres refuses payloads of 8,000 bytes.
const PAYLOAD_MAX_BYTES: usize = 7_900;

/// One notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The projection that moved.
    #[serde(rename = "p")]
    pub projection: String,
    /// The generation that moved; 0 where what it did is not of one.
    #[serde(rename = "g", default)]
    pub generation: i32,
    /// What it did.
    #[serde(flatten)]
    pub moved: Moved,
}

/// What a projection did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moved {
    /// It has applied up to these offsets of a topic: (partition, offset).
    #[serde(rename = "to")]
    To(String, Vec<(i32, i64)>),
    /// It has new partitions or generations, or moved too many to list them: read the tables.
    #[serde(rename = "reload")]
    Reload(()),
    /// Another generation serves: whoever feeds the one that served must read on for this one.
    #[serde(rename = "reset")]
    Reset(()),
}

impl Notice {
    /// As a payload that Postgres takes.
    pub fn payload(&self) -> String {
        // Cannot fail: strings and numbers.
        let payload = serde_json::to_string(self).unwrap_or_default();
        if payload.len() <= PAYLOAD_MAX_BYTES {
            return payload;
        }
        Self { moved: Moved::Reload(()), ..self.clone() }.payload()
    }

    /// Reads a payload; `None` for what another program sent on the channel.
    pub fn parse(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(partitions: i32) -> Notice {
        let offsets = (0..partitions).map(|partition| (partition, i64::MAX)).collect();
        Notice { projection: "tasks".into(), generation: 3, moved: Moved::To("task-events".into(), offsets) }
    }

    #[test]
    fn given_a_notice_when_sent_and_read_then_it_is_the_same() {
        let reset = Notice { projection: "tasks".into(), generation: 0, moved: Moved::Reset(()) };
        for notice in [notice(16), reset] {
            assert_eq!(Notice::parse(&notice.payload()), Some(notice));
        }
    }

    #[test]
    fn given_too_many_partitions_when_sent_then_listeners_are_told_to_read_the_table() {
        let sent = Notice::parse(&notice(1_000).payload()).unwrap();
        assert_eq!(sent.moved, Moved::Reload(()));
    }
}
