//! What a projector tells other processes when it has committed, over Postgres's NOTIFY.

use serde::{Deserialize, Serialize};

/// The channel.
pub const CHANNEL: &str = "projection";

/// Postgres refuses payloads of 8,000 bytes.
const PAYLOAD_MAX_BYTES: usize = 7_900;

/// The most streams that are named in the notifications of a transaction: of more it is only said that they are many.
const STREAMS_MAX: usize = 1_000;

/// One notification. What an older build does not know in it, it passes over.
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
    /// Where it was before, by partition; empty where it did not move.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<(i32, i64)>,
    /// The streams whose rows may have changed, and no other has; `None` where that is not said.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub streams: Option<Vec<String>>,
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
    /// It has changed rows, and has moved nowhere; or tells afterwards that it has.
    #[serde(rename = "rows")]
    Rows(()),
}

impl Notice {
    /// Of nothing else.
    pub fn of(projection: &str, generation: i32, moved: Moved) -> Self {
        Self { projection: projection.to_owned(), generation, moved, from: Vec::new(), streams: None }
    }

    /// As payloads that Postgres takes, to be sent in this order: the last one says that it has moved.
    pub fn payloads(mut self) -> Vec<String> {
        let streams = self.streams.take().filter(|streams| streams.len() <= STREAMS_MAX);
        let mut payloads = Vec::new();
        let rows =
            |streams| Self { streams: Some(streams), ..Self::of(&self.projection, self.generation, Moved::Rows(())) };
        let mut last = streams.is_some().then(Vec::new);
        let room = PAYLOAD_MAX_BYTES.saturating_sub(self.json().len() + 20);
        let mut taken = 0;
        for stream in streams.into_iter().flatten() {
            // Quotes and a comma; what is escaped takes more, which is rare and makes the payload one that only says that much has changed.
            taken += stream.len() + 3;
            let streams = last.get_or_insert_default();
            if taken > room && !streams.is_empty() {
                taken = stream.len() + 3;
                payloads.push(rows(std::mem::take(streams)).payload());
            }
            streams.push(stream);
        }
        self.streams = last;
        payloads.push(self.payload());
        payloads
    }

    /// As one payload that Postgres takes.
    pub fn payload(&self) -> String {
        let payload = self.json();
        if payload.len() <= PAYLOAD_MAX_BYTES {
            return payload;
        }
        Self::of(&self.projection, self.generation, Moved::Reload(())).json()
    }

    fn json(&self) -> String {
        // Cannot fail: strings and numbers.
        serde_json::to_string(self).unwrap_or_default()
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
        Notice::of("tasks", 3, Moved::To("task-events".into(), offsets))
    }

    #[test]
    fn given_a_notice_when_sent_and_read_then_it_is_the_same() {
        let reset = Notice::of("tasks", 0, Moved::Reset(()));
        for notice in [notice(16), reset] {
            assert_eq!(Notice::parse(&notice.payload()), Some(notice));
        }
    }

    #[test]
    fn given_too_many_partitions_when_sent_then_listeners_are_told_to_read_the_table() {
        let sent = Notice::parse(&notice(1_000).payload()).unwrap();
        assert_eq!(sent.moved, Moved::Reload(()));
    }

    fn of_streams(count: usize) -> Notice {
        let streams = (0..count).map(|n| format!("default/{:036}", n)).collect();
        Notice { from: vec![(0, 7)], streams: Some(streams), ..notice(1) }
    }

    #[test]
    fn given_streams_when_sent_then_all_of_them_are_read_before_it_is_said_that_it_has_moved() {
        for count in [0, 1, 150, 1_000] {
            let told = of_streams(count);
            let payloads = told.clone().payloads();
            assert!(payloads.iter().all(|payload| payload.len() <= PAYLOAD_MAX_BYTES), "{count}");
            let read: Vec<Notice> = payloads.iter().map(|payload| Notice::parse(payload).unwrap()).collect();
            let (last, before) = read.split_last().unwrap();
            assert_eq!((&last.moved, &last.from), (&told.moved, &told.from));
            assert!(before.iter().all(|notice| notice.moved == Moved::Rows(())));
            let streams: Vec<String> = read.iter().flat_map(|notice| notice.streams.clone().unwrap()).collect();
            assert_eq!(Some(streams), told.streams);
        }
    }

    #[test]
    fn given_too_many_streams_when_sent_then_it_is_not_said_which() {
        let payloads = of_streams(STREAMS_MAX + 1).payloads();
        assert_eq!(payloads.len(), 1);
        assert_eq!(Notice::parse(&payloads[0]).unwrap().streams, None);
    }

    #[test]
    fn given_a_notice_of_an_older_build_when_read_then_it_is_not_said_which_rows_changed() {
        let old = r#"{"p":"tasks","g":3,"to":["task-events",[[0,9]]]}"#;
        let read = Notice::parse(old).unwrap();
        assert_eq!((read.streams, read.from), (None, Vec::new()));
        assert_eq!(read.moved, Moved::To("task-events".into(), vec![(0, 9)]));
    }
}
