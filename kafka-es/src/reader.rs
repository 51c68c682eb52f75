//! A plain source of records for projectors, live streams and the command line.
//!
//! No group, no commits: the caller assigns offsets and remembers how far it is. Records come unjudged; the reader's
//! caller applies [`crate::rule`].

use std::collections::BTreeMap;
use std::time::Duration;

use crate::envelope::{Envelope, EnvelopeError};
use crate::error::ReadError;
use crate::settings::KafkaSettings;
use crate::token::Position;

/// One record of the log.
#[derive(Clone, Debug)]
pub struct LogRecord {
    /// Where it stands.
    pub position: Position,
    /// The record's key: the stream.
    pub key: Option<Vec<u8>>,
    /// The record's Kafka timestamp, milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
    /// The Kafka header `traceparent`.
    pub traceparent: Option<String>,
    /// The events of the record, or why it is none (a foreign record: parked by projections, ignored by writers).
    pub content: Result<Vec<Envelope>, EnvelopeError>,
    /// The record's value as it is, empty for a tombstone.
    pub raw: Vec<u8>,
}

/// Reads partitions from given offsets; wakes on data.
pub struct LogReader {
    _private: (),
}

impl LogReader {
    /// Starts to read each partition at its offset (the offset of the first record wanted).
    ///
    /// # Errors
    /// [`ReadError::Start`] when the settings are wrong.
    pub fn open(settings: &KafkaSettings, from: impl IntoIterator<Item = Position>) -> Result<Self, ReadError> {
        let _ = (settings, from.into_iter().count());
        todo!()
    }

    /// The next records: waits for the first one, then takes up to `max` that come within `linger`.
    ///
    /// An empty batch means that every assigned partition is at its end ([`at_end`](Self::at_end)); it comes once each
    /// time the end is reached. Cancel safe up to the first record.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] and [`ReadError::Fatal`] are final; after [`ReadError::Unavailable`] call again.
    pub async fn next_batch(&mut self, max: usize, linger: Duration) -> Result<Vec<LogRecord>, ReadError> {
        let _ = (max, linger);
        todo!()
    }

    /// True when every assigned partition reported its end and nothing came since.
    pub fn at_end(&self) -> bool {
        todo!()
    }

    /// The offset to read next, for each assigned (topic, partition).
    pub fn next_offsets(&self) -> &BTreeMap<(String, i32), i64> {
        todo!()
    }
}

/// The offset after the last record of each partition, 0 for an empty one.
///
/// # Errors
/// [`ReadError::Unavailable`] when Kafka does not answer within ten seconds.
pub async fn end_offsets(settings: &KafkaSettings, topic: &str) -> Result<BTreeMap<i32, i64>, ReadError> {
    let _ = (settings, topic);
    todo!()
}
