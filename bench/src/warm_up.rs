//! A broker as it is after a while: Java compiles what has run often.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::producer::{FutureProducer, FutureRecord};

const TOPIC: &str = "warm-up";
/// Each its own request: what counts is how often the broker's methods ran.
const RECORDS: usize = 150_000;
const IN_FLIGHT: usize = 64;
const RECORD: &str = "as long as the record of a change: ................................................................................";

/// Produces to a topic of its own, which nobody reads.
///
/// # Errors
/// When the broker does not take a record.
pub async fn broker(bootstrap: &str) -> anyhow::Result<()> {
    let admin: AdminClient<_> = ClientConfig::new().set("bootstrap.servers", bootstrap).create()?;
    let topic = NewTopic::new(TOPIC, 1, TopicReplication::Fixed(1));
    admin.create_topics([&topic], &AdminOptions::new()).await?;
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("batch.num.messages", "1")
        .create()?;
    futures::stream::iter(0..RECORDS)
        .map(|number| {
            let (producer, key) = (&producer, number.to_string());
            async move {
                let record = FutureRecord::to(TOPIC).key(&key).payload(RECORD);
                producer.send(record, Duration::from_secs(30)).await.map_err(|(error, _)| error)
            }
        })
        .buffer_unordered(IN_FLIGHT)
        .try_for_each(async |_| Ok(()))
        .await?;
    Ok(())
}
