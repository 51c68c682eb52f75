//! Says every few seconds how far the projections are behind the log and how much is parked: figures nobody waits for.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;

use super::ProjectorOptions;
use crate::metrics_definitions as metric;
use crate::positions::Positions;
use crate::projections;
use crate::source::Log;

const EVERY: Duration = Duration::from_secs(5);

pub(super) struct Watch {
    pool: PgPool,
    log: Arc<dyn Log>,
    positions: Positions,
}

impl Watch {
    pub(super) fn new(options: &ProjectorOptions) -> Self {
        Self { pool: options.pool.clone(), log: options.log.clone(), positions: options.positions.clone() }
    }

    pub(super) async fn run(self) {
        loop {
            tokio::time::sleep(EVERY).await;
            // When one cannot be asked, its last figure stays; that it cannot is said elsewhere.
            if let Ok(ends) = self.log.end_offsets(&[domain::topics::TASKS, domain::topics::REMINDERS]).await {
                for (projection, offsets) in self.positions.all() {
                    for ((topic, partition), at) in offsets {
                        let end = ends.get(&(topic.clone(), partition)).copied().unwrap_or_default();
                        metric::lag(&projection, &topic, partition, (end - 1 - at).max(0));
                    }
                }
            }
            let counts = sqlx::query_as("SELECT projection, count(*) FROM tasklog.dead_letters GROUP BY projection");
            let counts: Result<Vec<(String, i64)>, _> = counts.fetch_all(&self.pool).await;
            if let Ok(counts) = counts {
                for name in projections::NAMES {
                    let count = counts.iter().find(|(projection, _)| projection == name).map_or(0, |(_, count)| *count);
                    metric::dead_letters(name, count);
                }
            }
        }
    }
}
