//! One append in flight, each on a stream of its own, in turn with a bare produce of the same bytes.

use std::time::Duration;

use kafka_es::Expected;
use kafka_es::conformance::{CounterCommand, meta};

use super::bare::{Bare, record_of};
use super::{Bed, PARTITIONS};
use crate::latency::Latencies;
use crate::report::{Limit, Report};

const WARM_UP: usize = 2_000;
const ROUNDS: usize = 10_000;

/// Median and tail of both, and their ratio.
pub async fn figures(bed: &Bed, report: &mut Report) -> anyhow::Result<()> {
    let topic = bed.topic(PARTITIONS).await;
    let store = bed.store(&topic, "latency").await?;
    let bare = Bare::new(&bed.kafka, &bed.topic(PARTITIONS).await, Duration::ZERO)?;
    let (mut append, mut produce) = (Latencies::default(), Latencies::default());
    for round in 0..WARM_UP + ROUNDS {
        let mut scratch = (Latencies::default(), Latencies::default());
        let warm = round < WARM_UP;
        let (append, produce) = if warm { (&mut scratch.0, &mut scratch.1) } else { (&mut append, &mut produce) };
        let (stream, id) = (format!("default/{round}"), format!("command-{round}"));
        let value = record_of(&stream, 1, &id)?;
        append.time(store.execute(&stream, CounterCommand::Add(1), &(), meta(id), Expected::Any)).await?;
        produce.time(bare.send(&stream, &value)).await?;
    }
    store.close().await?;
    report.figure("append.p50", append.millis(0.50), "ms", Limit::None);
    report.figure("append.p99", append.millis(0.99), "ms", Limit::None);
    report.figure("bare-produce.p50", produce.millis(0.50), "ms", Limit::None);
    report.figure("bare-produce.p99", produce.millis(0.99), "ms", Limit::None);
    report.figure("append-to-bare.p50", append.millis(0.50) / produce.millis(0.50), "x", Limit::AtMost(1.2));
    Ok(())
}
