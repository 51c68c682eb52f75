//! Says every few seconds how far projections are behind the log and how much is parked: figures nobody waits for.

use std::sync::Arc;
use std::time::Duration;

use platform::clock::Clock;
use sqlx::PgPool;

use crate::lateness::Lateness;
use crate::metrics_definitions as metric;
use crate::positions::Positions;
use crate::projections;
use crate::projector::dead_letters;
use crate::source::Log;

const EVERY: Duration = Duration::from_secs(5);

/// Says how far `names` are behind the log, in records and in seconds, until it is dropped. Whoever keeps a projection runs it for that one.
pub(crate) async fn watch(log: Arc<dyn Log>, positions: Positions, clock: Clock, names: Vec<&'static str>) {
    let lateness = Lateness::new(log.clone(), positions.clone());
    loop {
        tokio::time::sleep(EVERY).await;
        // Before the log is asked: then no lag comes out negative.
        let known: Vec<_> = positions.all().into_iter().filter(|(name, _)| names.contains(&name.as_str())).collect();
        // When the log cannot be asked, the last figure stays; that it cannot is said elsewhere.
        let Ok(ends) = log.end_offsets(&[domain::topics::TASKS, domain::topics::REMINDERS]).await else { continue };
        for (name, offsets) in &known {
            for ((topic, partition), at) in offsets {
                let end = ends.get(&(topic.clone(), *partition)).copied().unwrap_or_default();
                metric::lag(name, topic, *partition, (end - 1 - at).max(0));
            }
        }
        for (name, seconds) in lateness.of(&known, &ends, clock.now()).await {
            // The last figure stays of what cannot be told.
            if let Some(seconds) = seconds {
                metric::lag_seconds(&name, seconds);
            }
        }
    }
}

/// Says how much rebuilds in Postgres have before them, until it is dropped.
pub(super) async fn watch_rebuilds(positions: Positions) {
    loop {
        for name in projections::names() {
            let left = positions.building(name).map(|building| {
                let total: u64 = positions.current(name).values().map(|at| (at + 1).max(0).unsigned_abs()).sum();
                total.saturating_sub(building.read())
            });
            metric::rebuild_left(name, left.unwrap_or(0));
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Says how many records are parked, until it is dropped.
pub(super) async fn watch_parked(pool: PgPool, positions: Positions) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Ok(counts) = dead_letters::count(&pool, &positions).await else { continue };
        for name in projections::names() {
            let count = counts.iter().find(|(projection, _)| projection == name).map_or(0, |(_, count)| *count);
            metric::dead_letters(name, count);
        }
    }
}
