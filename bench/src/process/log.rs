//! The log, read as it is written.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, bail};
use kafka_es::rule::{Verdict, judge};
use kafka_es::{Envelope, EnvelopeError, KafkaSettings, LogReader, LogRecord, Position, ReadError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Records that are taken at once.
const BATCH: usize = 1_000;

/// Batches that are read ahead.
const AHEAD: usize = 4;

/// A topic, from its first record on.
pub struct Log {
    batches: mpsc::Receiver<Result<Vec<LogRecord>, ReadError>>,
    /// Reads, whether or not somebody waits: who gives up waiting for a batch must not give up what is in it.
    reading: JoinHandle<()>,
    judged: Judged,
}

impl Drop for Log {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// What the records so far were.
#[derive(Default)]
struct Judged {
    /// The last sequence of each stream.
    heads: HashMap<String, u64>,
    /// Records that lost the race for their sequence.
    void: usize,
}

impl Log {
    /// Begins to read.
    ///
    /// # Errors
    /// When Kafka does not answer.
    pub async fn open(bootstrap: &str, topic: &str) -> anyhow::Result<Self> {
        let kafka = KafkaSettings::new(bootstrap);
        let partitions = kafka_es::end_offsets(&kafka, topic).await?.into_keys();
        let first = partitions.map(|partition| Position { topic: topic.to_owned(), partition, offset: 0 });
        let mut reader = LogReader::open(&kafka, first)?;
        let (give, batches) = mpsc::channel(AHEAD);
        let reading = tokio::spawn(async move {
            loop {
                let batch = reader.next_batch(BATCH, Duration::ZERO).await;
                let failed = batch.is_err();
                if give.send(batch).await.is_err() || failed {
                    return;
                }
            }
        });
        Ok(Self { batches, reading, judged: Judged::default() })
    }

    /// The events that come next; none where nothing has come for so long.
    ///
    /// # Errors
    /// When the log cannot be read, or is not whole.
    pub async fn next(&mut self, patience: Duration) -> anyhow::Result<Vec<Envelope>> {
        let Ok(records) = tokio::time::timeout(patience, self.batches.recv()).await else { return Ok(Vec::new()) };
        let mut events = Vec::new();
        for record in records.context("the log was read to an end")?? {
            events.extend(self.judged.events(record)?);
        }
        Ok(events)
    }

    /// Records so far that lost the race for their sequence.
    pub fn void(&self) -> usize {
        self.judged.void
    }
}

impl Judged {
    /// The events of a record; none where it lost.
    fn events(&mut self, record: LogRecord) -> anyhow::Result<Vec<Envelope>> {
        let events = match record.content {
            Ok(events) => events,
            Err(EnvelopeError::Blank) => return Ok(Vec::new()),
            Err(error) => bail!("{} is no event: {error}", record.position),
        };
        let (first, last) = events.first().zip(events.last()).context("a record has an event")?;
        let head = self.heads.entry(first.partitionkey.clone()).or_default();
        match judge(*head, first.sequence) {
            Verdict::Accepted => *head = last.sequence,
            Verdict::Void => {
                self.void += 1;
                return Ok(Vec::new());
            }
            Verdict::Gap { expected } => bail!("{}: {expected} of {} is missing", record.position, first.partitionkey),
        }
        Ok(events)
    }
}

// Not `tests`: that is the name of a crate, too.
#[cfg(test)]
mod judging {
    use super::*;
    use serde_json::json;

    fn record(offset: i64, sequence: u64) -> LogRecord {
        let envelope = json!({
            "specversion": "1.0", "id": format!("default/a@{sequence}"), "source": "/tenants/default",
            "type": "tasklog.reminder.triggered.v1", "subject": "a", "time": "2026-11-23T19:00:00Z",
            "datacontenttype": "application/json", "partitionkey": "default/a", "sequence": sequence,
            "tenant": "default", "commandid": "c", "actor": "a", "data": {},
        });
        LogRecord {
            position: Position { topic: "reminders".into(), partition: 0, offset },
            key: Some(b"default/a".to_vec()),
            timestamp_ms: None,
            traceparent: None,
            content: Ok(vec![serde_json::from_value(envelope).unwrap()]),
            raw: Vec::new(),
        }
    }

    #[test]
    fn given_records_when_judged_then_one_that_lost_is_counted_and_is_no_event_and_a_gap_is_told() {
        let mut judged = Judged::default();
        let counts: Vec<usize> =
            [1, 2, 2].into_iter().map(|sequence| judged.events(record(0, sequence)).unwrap().len()).collect();
        assert_eq!((counts, judged.void), (vec![1, 1, 0], 1));
        let blank = LogRecord { content: Err(EnvelopeError::Blank), ..record(3, 0) };
        assert!(judged.events(blank).unwrap().is_empty());
        let gap = judged.events(record(4, 4)).unwrap_err().to_string();
        assert_eq!(gap, "reminders/0@4: 3 of default/a is missing");
    }
}
