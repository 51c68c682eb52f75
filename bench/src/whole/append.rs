//! What a create costs beside a bare produce of the same bytes, in turn, in one run.

use std::time::Duration;

use anyhow::{Context, ensure};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::json;
use tests::system::System;

use crate::latency::Latencies;
use crate::report::{Limit, Report};

const ROUNDS: usize = 3_000;
const TOPIC: &str = "bare-produce";

/// One client, one call in flight.
pub async fn figures(system: &System, report: &mut Report) -> anyhow::Result<()> {
    let client = reqwest::Client::new();
    let url = format!("http://{}/tasks", system.tasklog.address());
    let body = json!({"title": "water the plants", "priority": "high", "tags": ["home"], "due_date": "2026-12-01"});
    create_topic(&system.bootstrap()).await?;
    let producer = producer(&system.bootstrap())?;
    let record = record_of_a_create(system, &client, &url, &body).await?;
    let (mut create, mut bare) = (Latencies::default(), Latencies::default());
    for round in 0..ROUNDS + 100 {
        let mut scratch = (Latencies::default(), Latencies::default());
        let (create, bare) = if round < 100 { (&mut scratch.0, &mut scratch.1) } else { (&mut create, &mut bare) };
        let status = create.time(client.post(&url).json(&body).send()).await?.status();
        ensure!(status == 201, "create: {status}");
        let message = FutureRecord::to(TOPIC).key("default/bare").payload(&record);
        bare.time(producer.send(message, Duration::from_secs(5))).await.map_err(|(error, _)| error)?;
    }
    report.figure("create.p50", create.millis(0.50), "ms", Limit::None);
    report.figure("create.p99", create.millis(0.99), "ms", Limit::None);
    report.figure("bare-produce.p50", bare.millis(0.50), "ms", Limit::None);
    report.figure("create-to-bare-produce.p50", create.millis(0.50) / bare.millis(0.50), "x", Limit::AtMost(3.0));
    Ok(())
}

/// The bare peer's own topic, with one partition like the one that a single client's record goes to.
async fn create_topic(brokers: &str) -> anyhow::Result<()> {
    let admin: AdminClient<_> = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let topic = NewTopic::new(TOPIC, 1, TopicReplication::Fixed(1));
    admin.create_topics([&topic], &AdminOptions::new()).await?;
    Ok(())
}

/// The settings of the event store's own producer: idempotent, every replica, no lingering.
fn producer(brokers: &str) -> anyhow::Result<FutureProducer> {
    Ok(ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("linger.ms", "0")
        .create()?)
}

/// The bytes that a create of `body` put into the log.
async fn record_of_a_create(
    system: &System,
    client: &reqwest::Client,
    url: &str,
    body: &serde_json::Value,
) -> anyhow::Result<Vec<u8>> {
    let created = client.post(url).json(body).send().await?;
    let token = created.headers().get("consistency-token").context("a token")?.to_str()?.to_owned();
    let (topic, rest) = token.split_once('/').context("topic/partition@offset")?;
    let (partition, offset) = rest.split_once('@').context("partition@offset")?;
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", system.bootstrap()).set("group.id", "bench").create()?;
    let mut start = TopicPartitionList::new();
    start.add_partition_offset(topic, partition.parse()?, Offset::Offset(offset.parse()?))?;
    consumer.assign(&start)?;
    let message = consumer.poll(Duration::from_secs(10)).context("the record is there")??;
    Ok(message.payload().context("the record has a payload")?.to_vec())
}
