//! Many appends at once, over many streams: beside a bare produce of the same bytes, and beside postgres-es.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use kafka_es::conformance::{Counter, CounterCommand, meta};
use kafka_es::{EventStore, Expected};

use super::bare::{Bare, record_of};
use super::postgres::{self, PostgresPeer};
use super::{Bed, PARTITIONS};
use crate::report::{Limit, Report};

const IN_FLIGHT: usize = 1_024;
const STREAMS: usize = 10_000;
/// In each round; every stream gets as many.
const COMMANDS: usize = 20 * STREAMS;
const ROUNDS: usize = 3;
/// Java compiles what is hot for about so long, on the same cores.
const WARM_UP_ROUNDS: usize = 4;
const POSTGRES_COMMANDS: usize = 20_000;

/// Rates of all three and their ratios: rounds in turn, the median of each.
pub async fn figures(bed: &Bed, report: &mut Report) -> anyhow::Result<()> {
    let topic = bed.topic(PARTITIONS).await;
    let store = bed.store(&topic, "appends").await?;
    let bare = Arc::new(Bare::new(
        &bed.kafka,
        &bed.topic(PARTITIONS).await,
        bed.options(&topic, "appends").linger_in_a_crowd,
    )?);
    let (mut appends, mut produces) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP_ROUNDS + ROUNDS {
        let appended = append(&store, round).await?;
        let produced = produce(&bare, round).await?;
        println!("round {round}: {appended:.0} appends/s, {produced:.0} bare produces/s");
        if round >= WARM_UP_ROUNDS {
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
    let store = store.clone();
    rate(move |n| {
        let store = store.clone();
        async move {
            let (stream, id) = (format!("default/{}", n % STREAMS), format!("command-{round}-{n}"));
            store.execute(&stream, CounterCommand::Add(1), &(), meta(id), Expected::Any).await?;
            Ok(())
        }
    })
    .await
}

async fn produce(bare: &Arc<Bare>, round: usize) -> anyhow::Result<f64> {
    let record = |n: usize| {
        let (stream, sequence) = (format!("default/{}", n % STREAMS), (n / STREAMS) as u64 + 1);
        record_of(&stream, sequence, &format!("command-{round}-{n}")).map(|value| (stream, value))
    };
    let records = Arc::new((0..COMMANDS).map(record).collect::<anyhow::Result<Vec<_>>>()?);
    let bare = bare.clone();
    rate(move |n| {
        let (bare, records) = (bare.clone(), records.clone());
        async move { bare.send(&records[n].0, &records[n].1).await }
    })
    .await
}

/// Calls a second: so many tasks, each with one call in flight.
async fn rate<F: Future<Output = anyhow::Result<()>> + Send>(
    call: impl Fn(usize) -> F + Clone + Send + 'static,
) -> anyhow::Result<f64> {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let tasks = (0..IN_FLIGHT).map(|_| {
        let (call, next) = (call.clone(), next.clone());
        tokio::spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= COMMANDS {
                    return anyhow::Ok(());
                }
                call(n).await?;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(COMMANDS as f64 / started.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
