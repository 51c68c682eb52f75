//! Records that another client writes to our topics.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};

/// Writes a record that says it is an event, whatever it holds.
///
/// # Panics
/// When the broker does not take it.
pub async fn write(bootstrap: &str, topic: &str, key: &str, payload: &[u8]) {
    // Keys go to the partition where Java clients put them; librdkafka's own default is another.
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("partitioner", "murmur2_random");
    let producer: FutureProducer = config.create().unwrap();
    let headers =
        OwnedHeaders::new().insert(Header { key: "content-type", value: Some("application/cloudevents+json") });
    let record = FutureRecord::to(topic).key(key).payload(payload).headers(headers);
    producer.send(record, Duration::from_secs(10)).await.unwrap();
}
