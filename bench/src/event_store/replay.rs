//! A new replica reads the whole log into aggregate state on disk.

use std::time::{Duration, Instant};

use anyhow::ensure;
use futures::{StreamExt, TryStreamExt};
use kafka_es::conformance::Counter;
use kafka_es::{EventStore, Freshness};

use super::bare::{Bare, record_of};
use super::{Bed, PARTITIONS};
use crate::report::{Limit, Report};

const STREAMS: usize = 200_000;
const EVENTS_PER_STREAM: usize = 10;
const IN_FLIGHT: usize = 4_096;

/// Events a second, from opening the store until it is ready.
pub async fn figures(bed: &Bed, report: &mut Report) -> anyhow::Result<()> {
    let topic = bed.topic(PARTITIONS).await;
    fill(bed, &topic).await?;
    let started = Instant::now();
    let store: EventStore<Counter> = EventStore::open(bed.options(&topic, "replay")).await?;
    store.ready().await?;
    let took = started.elapsed();
    for stream in [0, STREAMS / 2, STREAMS - 1] {
        let loaded = store.load(&format!("default/{stream}"), Freshness::Local).await?;
        let sequence = loaded.map_or(0, |loaded| loaded.sequence);
        ensure!(sequence == EVENTS_PER_STREAM as u64, "stream {stream} is at {sequence}");
    }
    store.close().await?;
    let events = (STREAMS * EVENTS_PER_STREAM) as f64;
    report.figure("replay", events / took.as_secs_f64(), "events/s", Limit::AtLeast(150_000.0));
    Ok(())
}

async fn fill(bed: &Bed, topic: &str) -> anyhow::Result<()> {
    let bare = Bare::new(&bed.kafka, topic, Duration::from_millis(5))?;
    for sequence in 1..=EVENTS_PER_STREAM {
        futures::stream::iter(0..STREAMS)
            .map(|n| {
                let bare = &bare;
                async move {
                    let stream = format!("default/{n}");
                    let value = record_of(&stream, sequence as u64, &format!("command-{n}-{sequence}"))?;
                    bare.send(&stream, &value).await
                }
            })
            .buffered(IN_FLIGHT)
            .try_for_each(|()| async { Ok(()) })
            .await?;
    }
    Ok(())
}
