//! Many appends at once, over many streams: beside a bare produce of the same bytes, and beside postgres-es.

use std::time::Instant;

use futures::{StreamExt, TryStreamExt};
use kafka_es::conformance::{Counter, CounterCommand, meta};
use kafka_es::{EventStore, Expected};

use super::bare::{Bare, record_of};
use super::postgres::{self, PostgresPeer};
use super::{Bed, PARTITIONS};
use crate::report::{Limit, Report};

const IN_FLIGHT: usize = 1_024;
const STREAMS: usize = 10_000;
/// Each round gives every stream so many commands.
const COMMANDS_PER_STREAM: usize = 10;
const ROUNDS: usize = 3;
const POSTGRES_COMMANDS: usize = 20_000;

/// Rates of all three and their ratios: rounds in turn, the median of each.
pub async fn figures(bed: &Bed, report: &mut Report) -> anyhow::Result<()> {
    let topic = bed.topic(PARTITIONS).await;
    let store = bed.store(&topic, "appends").await?;
    let bare = Bare::new(&bed.kafka, &bed.topic(PARTITIONS).await, &bed.options(&topic, "appends"))?;
    let (mut appends, mut produces) = (Vec::new(), Vec::new());
    // The first round warms up.
    for round in 0..=ROUNDS {
        let appended = append(&store, round).await?;
        let produced = produce(&bare, round).await?;
        if round > 0 {
            appends.push(appended);
            produces.push(produced);
        }
    }
    store.close().await?;
    let peer = PostgresPeer::start(bed.folder.path()).await?;
    let rows = postgres::appends(&peer, STREAMS, POSTGRES_COMMANDS).await?;
    let (appends, produces) = (median(appends), median(produces));
    report.figure("appends", appends, "/s", Limit::None);
    report.figure("bare-produces", produces, "/s", Limit::None);
    report.figure("postgres-es.appends", rows, "/s", Limit::None);
    report.figure("appends-to-bare", appends / produces, "x", Limit::AtLeast(0.6));
    report.figure("appends-to-postgres-es", appends / rows, "x", Limit::AtLeast(10.0));
    Ok(())
}

async fn append(store: &EventStore<Counter>, round: usize) -> anyhow::Result<f64> {
    let count = STREAMS * COMMANDS_PER_STREAM;
    let started = Instant::now();
    futures::stream::iter(0..count)
        .map(|n| async move {
            let (stream, id) = (format!("default/{}", n % STREAMS), format!("command-{round}-{n}"));
            store.execute(&stream, CounterCommand::Add(1), &(), meta(id), Expected::Any).await
        })
        .buffer_unordered(IN_FLIGHT)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    Ok(count as f64 / started.elapsed().as_secs_f64())
}

async fn produce(bare: &Bare, round: usize) -> anyhow::Result<f64> {
    let count = STREAMS * COMMANDS_PER_STREAM;
    let record = |n: usize| {
        let (stream, sequence) = (format!("default/{}", n % STREAMS), (n / STREAMS) as u64 + 1);
        record_of(&stream, sequence, &format!("command-{round}-{n}")).map(|value| (stream, value))
    };
    let records = (0..count).map(record).collect::<anyhow::Result<Vec<_>>>()?;
    let started = Instant::now();
    futures::stream::iter(&records)
        .map(|(stream, value)| bare.send(stream, value))
        .buffer_unordered(IN_FLIGHT)
        .try_for_each(|()| async { Ok(()) })
        .await?;
    Ok(count as f64 / started.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
