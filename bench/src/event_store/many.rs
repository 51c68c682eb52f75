//! Ten million tasks: what a command replica holds in memory, and how long its restart takes.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures::{StreamExt, TryStreamExt};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use serde_json::json;
use tests::tasklog::Tasklog;

use super::bare::Bare;
use super::{Bed, PARTITIONS};
use crate::machine::resident_mib;
use crate::report::{Limit, Report};

const TOPIC: &str = "task-events";
const IN_FLIGHT: usize = 4_096;

/// How many: ten million, or what `BENCH_STREAMS` says.
fn count() -> usize {
    std::env::var("BENCH_STREAMS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000_000)
}

/// Fills the log with created tasks, lets a replica read it, restarts it.
pub async fn figures(bed: &Bed, report: &mut Report) -> anyhow::Result<()> {
    let folder = bed.folder.path().join("many");
    std::fs::create_dir(&folder)?;
    let mut tasklog = Tasklog::role("command", &folder);
    tasklog.set("KAFKA_BROKERS", &bed.node.bootstrap());
    tasklog.set("TOPIC_PARTITIONS", &PARTITIONS.to_string());
    tasklog.run_well(&["topics", "create"]);
    tasklog.start().await;
    let sample = sample(bed, &tasklog).await?;
    tasklog.stop().await;
    fill(bed, &sample, count()).await?;

    let started = Instant::now();
    tasklog.start_within(Duration::from_secs(1_200)).await;
    report.figure("many.fill", count() as f64 / started.elapsed().as_secs_f64(), "events/s", Limit::None);
    let memory = resident_mib(tasklog.running().pid())?;
    report.figure("many.fill.memory", memory, "MiB", Limit::AtMost(1024.0));
    tasklog.stop().await;
    let started = Instant::now();
    tasklog.start().await;
    report.figure("many.restart", started.elapsed().as_secs_f64(), "s", Limit::AtMost(5.0));
    touch(&tasklog, &sample).await?;
    report.figure("many.memory", resident_mib(tasklog.running().pid())?, "MiB", Limit::AtMost(1024.0));
    tasklog.stop().await;
    Ok(())
}

/// A created task: its id and its record.
struct Sample {
    id: String,
    record: String,
}

impl Sample {
    /// The id of the `n`th task like it.
    fn id(&self, n: usize) -> String {
        format!("{:08x}{}", n, &self.id[8..])
    }
}

async fn sample(bed: &Bed, tasklog: &Tasklog) -> anyhow::Result<Sample> {
    let body = json!({"title": "water the plants", "priority": "high", "tags": ["home"], "due_date": "2026-12-01"});
    let (task, token) = tasklog.api().create(&body).await;
    let id = task["id"].as_str().context("an id")?.to_owned();
    let (topic, rest) = token.split_once('/').context("topic/partition@offset")?;
    let (partition, offset) = rest.split_once('@').context("partition@offset")?;
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", bed.node.bootstrap()).set("group.id", "bench").create()?;
    let mut start = TopicPartitionList::new();
    start.add_partition_offset(topic, partition.parse()?, Offset::Offset(offset.parse()?))?;
    consumer.assign(&start)?;
    let message = consumer.poll(Duration::from_secs(10)).context("the record is there")??;
    let record = String::from_utf8(message.payload().context("the record has a payload")?.to_vec())?;
    Ok(Sample { id, record })
}

async fn fill(bed: &Bed, sample: &Sample, count: usize) -> anyhow::Result<()> {
    let bare = Bare::new(&bed.kafka, TOPIC, Duration::from_millis(5))?;
    futures::stream::iter(0..count)
        .map(|n| {
            let bare = &bare;
            async move {
                let id = sample.id(n);
                let record = sample.record.replace(&sample.id, &id);
                bare.send(&format!("default/{id}"), record.as_bytes()).await
            }
        })
        .buffered(IN_FLIGHT)
        .try_for_each(|()| async { Ok(()) })
        .await
}

/// Commands on tasks all over the place, so that caches hold what they hold in use.
async fn touch(tasklog: &Tasklog, sample: &Sample) -> anyhow::Result<()> {
    let api = tasklog.api();
    for n in 0..2_000 {
        let id = sample.id(n * 7_919 % count());
        api.patch(&format!("/tasks/{id}"), &json!({"priority": "low"})).send().await.expect(200);
    }
    Ok(())
}
