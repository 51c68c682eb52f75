//! The peer: rdkafka's own producer, with the settings and the bytes of the event store.

use std::time::Duration;

use anyhow::Context;
use kafka_es::conformance::{CounterEvent, meta, raw_envelope};
use kafka_es::envelope::record_value;
use kafka_es::{AdjacentlyTagged, Envelope, EventCodec, KafkaSettings, partition_for};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::PARTITIONS;

const PRODUCE_TIMEOUT: Duration = Duration::from_secs(30);
/// As the event store does.
const QUEUE_FULL_PAUSE: Duration = Duration::from_millis(5);

/// A producer and the topic that it writes to.
pub struct Bare {
    producer: FutureProducer,
    topic: String,
}

impl Bare {
    /// With the settings of the event store's own producers.
    pub fn new(kafka: &KafkaSettings, topic: &str, linger: Duration) -> anyhow::Result<Self> {
        let config = kafka.producer(PRODUCE_TIMEOUT, linger);
        Ok(Self { producer: config.create()?, topic: topic.to_owned() })
    }

    /// Sends a record and waits for its acknowledgement.
    pub async fn send(&self, key: &str, value: &[u8]) -> anyhow::Result<()> {
        let traceparent = meta("").traceparent;
        let headers = OwnedHeaders::new()
            .insert(Header { key: "content-type", value: Some("application/cloudevents+json") })
            .insert(Header { key: "traceparent", value: traceparent.as_deref() });
        let record = FutureRecord::to(&self.topic)
            .partition(partition_for(key.as_bytes(), PARTITIONS))
            .key(key)
            .payload(value)
            .headers(headers);
        loop {
            match self.producer.send_result(record_clone(&record)) {
                Ok(delivery) => {
                    delivery.await.context("the producer lives")?.map_err(|(error, _)| error)?;
                    return Ok(());
                }
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    tokio::time::sleep(QUEUE_FULL_PAUSE).await;
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }
}

fn record_clone<'a>(record: &FutureRecord<'a, str, [u8]>) -> FutureRecord<'a, str, [u8]> {
    FutureRecord { headers: record.headers.clone(), ..*record }
}

/// The bytes of the record that adds one to a counter.
pub fn record_of(stream: &str, sequence: u64, command_id: &str) -> anyhow::Result<Vec<u8>> {
    let (event_type, data) = AdjacentlyTagged::encode(&CounterEvent::Added { by: 1 })?;
    let meta = meta(command_id);
    let event = raw_envelope(stream, sequence, &event_type, data.get());
    let envelope = Envelope { commandid: meta.command_id, traceparent: meta.traceparent, ..event };
    Ok(record_value(&[envelope])?.0)
}
