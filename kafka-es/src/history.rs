//! Records of one stream read back from the log: for replays.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::client::{QuietContext, blocking, is_transient};
use crate::envelope::{Envelope, parse_record};
use crate::settings::KafkaSettings;

/// Reading on is cheaper than seeking when the next record is this near.
const READ_ON_OFFSETS: i64 = 200;
/// How long one read may take.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// A reader of single records of one topic.
#[derive(Clone)]
pub(crate) struct History {
    topic: Arc<str>,
    settings: Arc<KafkaSettings>,
    /// Made when first needed; one read at a time.
    consumer: Arc<Mutex<Option<BaseConsumer<QuietContext>>>>,
}

impl History {
    pub(crate) fn new(settings: &KafkaSettings, topic: &str) -> Self {
        Self { topic: topic.into(), settings: Arc::new(settings.clone()), consumer: Arc::default() }
    }

    /// The events of one stream whose records stand at `offsets`, which ascend.
    pub(crate) async fn read(
        &self,
        stream: &str,
        partition: i32,
        offsets: Vec<i64>,
    ) -> Result<Vec<(i64, Envelope)>, String> {
        let (this, stream) = (self.clone(), stream.to_owned());
        blocking(move || this.with_consumer(|consumer| this.read_with(consumer, &stream, partition, &offsets))).await?
    }

    fn with_consumer<T>(
        &self,
        read: impl FnOnce(&BaseConsumer<QuietContext>) -> Result<T, String>,
    ) -> Result<T, String> {
        let mut slot = self.consumer.lock().unwrap_or_else(PoisonError::into_inner);
        let consumer = match slot.take() {
            Some(consumer) => consumer,
            None => self.client().map_err(|e| e.to_string())?,
        };
        let read = read(&consumer);
        let idle = consumer.unassign();
        // After a failure the next read starts with a fresh client.
        if read.is_ok() && idle.is_ok() {
            *slot = Some(consumer);
        }
        read
    }

    fn client(&self) -> Result<BaseConsumer<QuietContext>, KafkaError> {
        let mut config = self.settings.consumer(1024);
        // A fetch that waits at the end of the log would hold up the next seek on the same connection.
        config.set("fetch.wait.max.ms", "5").set("enable.partition.eof", "false");
        config.create_with_context(QuietContext)
    }

    fn read_with(
        &self,
        consumer: &BaseConsumer<QuietContext>,
        stream: &str,
        partition: i32,
        offsets: &[i64],
    ) -> Result<Vec<(i64, Envelope)>, String> {
        let mut events = Vec::with_capacity(offsets.len());
        let mut at: Option<i64> = None;
        for offset in offsets {
            if !at.is_some_and(|at| at <= *offset && offset - at <= READ_ON_OFFSETS) {
                self.assign(consumer, partition, Offset::Offset(*offset))?;
            }
            let (key, value) = self.poll_at(consumer, partition, *offset)?;
            at = Some(offset + 1);
            let envelopes = parse_record(Some(&key), Some(&value)).map_err(|e| format!("offset {offset}: {e}"))?;
            if key != stream.as_bytes() {
                return Err(format!("offset {offset} holds a record of another stream"));
            }
            events.extend(envelopes.into_iter().map(|envelope| (*offset, envelope)));
        }
        Ok(events)
    }

    fn assign(&self, consumer: &BaseConsumer<QuietContext>, partition: i32, from: Offset) -> Result<(), String> {
        let mut list = TopicPartitionList::new();
        let assigned = list.add_partition_offset(&self.topic, partition, from);
        assigned.and_then(|()| consumer.assign(&list)).map_err(|e| e.to_string())
    }

    fn poll_at(
        &self,
        consumer: &BaseConsumer<QuietContext>,
        partition: i32,
        offset: i64,
    ) -> Result<(Vec<u8>, Vec<u8>), String> {
        let until = Instant::now() + READ_TIMEOUT;
        while Instant::now() < until {
            match consumer.poll(Duration::from_millis(100)) {
                None => {}
                // Records of an assignment before this one may still be in the queue.
                Some(Ok(message)) if message.partition() != partition || message.offset() < offset => {}
                Some(Ok(message)) if message.offset() == offset => {
                    return Ok((
                        message.key().unwrap_or_default().to_vec(),
                        message.payload().unwrap_or_default().to_vec(),
                    ));
                }
                Some(Ok(message)) if message.offset() <= offset + READ_ON_OFFSETS => {
                    return Err(format!("{}/{partition} no longer holds offset {offset}", self.topic));
                }
                Some(Ok(_)) => {}
                Some(Err(KafkaError::MessageConsumption(code))) if is_transient(code) => {}
                Some(Err(e)) => return Err(format!("reading {}/{partition}@{offset}: {e}", self.topic)),
            }
        }
        Err(format!("{}/{partition}@{offset} did not come within {} s", self.topic, READ_TIMEOUT.as_secs()))
    }
}
