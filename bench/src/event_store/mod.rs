//! The event store by itself beside what people use today: bare rdkafka, and postgres-es on a local Postgres.

mod appends;
mod bare;
mod hot;
mod http;
mod latency;
mod many;
mod postgres;
mod replay;
mod replicas;
mod scaling;

use std::time::Duration;

use anyhow::Context;
use kafka_es::conformance::{Counter, fresh_topic};
use kafka_es::{EventStore, KafkaSettings, StateLocation, StoreOptions};
use tempfile::TempDir;
use tests::kafka::KafkaNode;

use crate::report::Report;

/// As many partitions as Tasklog's own topics have.
const PARTITIONS: i32 = 12;

/// A broker with the settings of a production one.
struct Bed {
    node: KafkaNode,
    kafka: KafkaSettings,
    folder: TempDir,
}

impl Bed {
    async fn make() -> Self {
        let folder = tests::system::folder();
        let node = KafkaNode::start_for_benchmarks(&folder.path().join("kafka")).await;
        let kafka = KafkaSettings::new(node.bootstrap());
        Self { node, kafka, folder }
    }

    async fn topic(&self, partitions: i32) -> String {
        fresh_topic(&self.kafka, partitions).await
    }

    /// Options with the defaults, the state in a folder of this name.
    fn options(&self, topic: &str, name: &str) -> StoreOptions {
        let folder = self.folder.path().join(name);
        let options = StoreOptions::new(self.kafka.clone(), topic, StateLocation::Folder(folder));
        StoreOptions { deadline: Duration::from_secs(60), ..options }
    }

    /// A store with the default options, ready.
    async fn store(&self, topic: &str, name: &str) -> anyhow::Result<EventStore<Counter>> {
        let store = EventStore::open(self.options(topic, name)).await.context("the store opens")?;
        store.ready().await.context("the store gets ready")?;
        Ok(store)
    }
}

/// Measures everything, or what `only` names, and reports it.
pub async fn run(only: &[String]) -> anyhow::Result<Report> {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|part| part == name);
    let mut report = Report::default();
    let bed = Bed::make().await;
    if wanted("latency") {
        latency::figures(&bed, &mut report).await?;
    }
    if wanted("appends") {
        appends::figures(&bed, &mut report).await?;
    }
    if wanted("hot") {
        hot::figures(&bed, &mut report).await?;
    }
    if wanted("replicas") {
        replicas::figures(&bed, &mut report).await?;
    }
    if wanted("replay") {
        replay::figures(&bed, &mut report).await?;
    }
    if wanted("many") {
        many::figures(&bed, &mut report).await?;
    }
    drop(bed);
    if wanted("http") {
        http::figures(&mut report).await?;
    }
    if wanted("scaling") {
        scaling::figures(&mut report).await?;
    }
    Ok(report)
}
