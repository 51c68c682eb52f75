//! A broker as it is after a while: Java compiles what has run often.

use std::time::Duration;

use anyhow::Context;
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};

const TOPIC: &str = "warm-up";
/// Each its own request: what counts is how often the broker's methods ran.
const RECORDS: usize = 150_000;
const IN_FLIGHT: usize = 64;
/// As many as read the same topic in a system at work, about: what they do runs as often.
const READERS: usize = 6;
/// A record is there long before.
const PATIENCE: Duration = Duration::from_secs(30);
const RECORD: &str = "as long as the record of a change: ................................................................................";

/// Produces to a topic of its own, and reads it meanwhile.
///
/// # Errors
/// When the broker does not take a record, or does not give it.
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
    let readers: Vec<_> = (0..READERS).map(|_| reader(bootstrap)).collect::<Result<_, _>>()?;
    let reading = readers.into_iter().map(|reader| tokio::task::spawn_blocking(move || read(&reader)));
    let reading = try_join_all(reading.collect::<Vec<_>>());
    let producing = futures::stream::iter(0..RECORDS)
        .map(|number| {
            let (producer, key) = (&producer, number.to_string());
            async move {
                let record = FutureRecord::to(TOPIC).key(&key).payload(RECORD);
                producer.send(record, PATIENCE).await.map_err(|(error, _)| anyhow::Error::from(error))
            }
        })
        .buffer_unordered(IN_FLIGHT)
        .try_for_each(async |_| Ok(()));
    let ((), read) = tokio::try_join!(producing, async { Ok(reading.await?) })?;
    read.into_iter().collect()
}

fn reader(bootstrap: &str) -> anyhow::Result<BaseConsumer> {
    // Named for the client's sake: without offsets to commit nobody learns of the group.
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("group.id", TOPIC).set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create()?;
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(TOPIC, 0, Offset::Beginning)?;
    consumer.assign(&from)?;
    Ok(consumer)
}

/// Reads all that there will be.
fn read(reader: &BaseConsumer) -> anyhow::Result<()> {
    for number in 0..RECORDS {
        reader.poll(PATIENCE).with_context(|| format!("record {number} of the warm-up does not come"))??;
    }
    Ok(())
}
