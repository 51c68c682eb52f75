//! What a foreign program would do: write any record, read all.

use std::time::Duration;

use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::counter::meta;
use crate::client::QuietContext;
use crate::ends::end_offsets;
use crate::envelope::Envelope;
use crate::reader::{LogReader, LogRecord};
use crate::settings::KafkaSettings;
use crate::token::Position;
use crate::topics::{TopicSpec, ensure_topics};

/// A topic that nobody used before.
///
/// # Panics
/// When the broker does not create it.
pub async fn fresh_topic(settings: &KafkaSettings, partitions: i32) -> String {
    let name = format!("conformance-{}", Uuid::new_v4());
    ensure_topics(settings, &[TopicSpec::new(&name, partitions)]).await.expect("the topic is created");
    name
}

/// Writes a record to a partition; its offset.
///
/// # Panics
/// When the broker refuses it.
pub async fn write_raw(settings: &KafkaSettings, topic: &str, partition: i32, key: &str, value: Option<&[u8]>) -> i64 {
    write_each_raw(settings, topic, &[(partition, key, value)]).await[0]
}

/// Writes records one after the other, each with its partition, key and value; their offsets. One client writes them all: to make one takes
/// longer than to write with it.
///
/// # Panics
/// When the broker refuses one.
pub async fn write_each_raw(settings: &KafkaSettings, topic: &str, records: &[(i32, &str, Option<&[u8]>)]) -> Vec<i64> {
    let config = settings.producer(Duration::from_secs(10), Duration::ZERO);
    let producer: FutureProducer<QuietContext> = config.create_with_context(QuietContext).expect("a producer");
    let mut offsets = Vec::new();
    for (partition, key, value) in records {
        let mut record = FutureRecord::<str, [u8]>::to(topic).partition(*partition).key(*key);
        if let Some(value) = value {
            record = record.payload(*value);
        }
        let written = producer.send(record, Duration::from_secs(10)).await.map_err(|(e, _)| e);
        offsets.push(written.expect("the record is written").offset);
    }
    offsets
}

/// An envelope as another program might make it.
///
/// # Panics
/// When `data` is not JSON.
pub fn raw_envelope(stream: &str, sequence: u64, event_type: &str, data: &str) -> Envelope {
    let meta = meta(Uuid::new_v4().to_string());
    Envelope {
        specversion: "1.0".to_owned(),
        id: format!("{stream}@{sequence}"),
        source: meta.source,
        event_type: event_type.to_owned(),
        subject: meta.subject,
        time: meta.time,
        datacontenttype: "application/json".to_owned(),
        partitionkey: stream.to_owned(),
        sequence,
        tenant: meta.tenant,
        commandid: meta.command_id,
        commandhash: None,
        causationid: None,
        correlationid: None,
        actor: meta.actor,
        traceparent: None,
        metadata: None,
        data: RawValue::from_string(data.to_owned()).expect("data is JSON"),
    }
}

/// All records of a topic, partition by partition.
///
/// # Panics
/// When the topic cannot be read.
pub async fn read_all(settings: &KafkaSettings, topic: &str) -> Vec<LogRecord> {
    let ends = end_offsets(settings, topic).await.expect("end offsets");
    let from = ends.keys().map(|partition| Position { topic: topic.to_owned(), partition: *partition, offset: 0 });
    let mut reader = LogReader::open(settings, from).expect("a reader");
    let mut records = Vec::new();
    let short = |reader: &LogReader| {
        ends.iter().any(|(partition, end)| reader.next_offsets()[&(topic.to_owned(), *partition)] < *end)
    };
    while short(&reader) {
        records.extend(reader.next_batch(1000, Duration::from_millis(10)).await.expect("a batch"));
    }
    records.sort_by(|a: &LogRecord, b| a.position.cmp(&b.position));
    records
}
