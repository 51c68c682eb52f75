//! How much of a process's pool of connections to Postgres is in use.

use std::convert::Infallible;
use std::time::Duration;

use metrics::{Unit, describe_gauge, gauge};
use sqlx::PgPool;

use super::Metrics;

const CONNECTIONS: &str = "postgres_pool_connections";
const MAX: &str = "postgres_pool_connections_max";

/// Often enough that a pool that is used up for some seconds is seen.
const EVERY: Duration = Duration::from_secs(1);

/// Says how many connections of the process's one pool are busy and how many are idle, until it is dropped.
pub async fn watch_pool(pool: PgPool) -> Infallible {
    // Pools are made before whatever serves metrics: without the recorder, what is said once would be lost.
    let _recorder = Metrics::install();
    describe_gauge!(CONNECTIONS, Unit::Count, "Connections to Postgres, by state: busy, idle.");
    describe_gauge!(MAX, Unit::Count, "Connections to Postgres that the process may have at once.");
    gauge!(MAX).set(f64::from(pool.options().get_max_connections()));
    loop {
        record(pool.size(), pool.num_idle());
        tokio::time::sleep(EVERY).await;
    }
}

fn record(all: u32, idle: usize) {
    // The two are read one after the other: there may be more idle ones than there were any.
    let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(all);
    gauge!(CONNECTIONS, "state" => "busy").set(f64::from(all - idle));
    gauge!(CONNECTIONS, "state" => "idle").set(f64::from(idle));
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn given_a_pool_that_changes_while_it_is_read_then_no_fewer_than_none_are_busy() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        for (all, idle, busy) in [(5, 2, "3"), (1, 2, "0")] {
            metrics::with_local_recorder(&recorder, || record(all, idle));
            let rendered = handle.render();
            assert!(rendered.contains(&format!("postgres_pool_connections{{state=\"busy\"}} {busy}\n")), "{rendered}");
        }
    }
}
