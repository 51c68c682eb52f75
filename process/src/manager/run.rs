//! Keeps a manager's lane going: leads, reads, handles, and begins again after a failure.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use kafka_es::{KafkaSettings, LogEnds, LogReader, Position};
use platform::health::Component;
use platform::lifecycle::Shutdown;
use sqlx::PgPool;
use tokio::time::{Instant, sleep_until};

use super::leader::Leader;
use super::{Failure, Lane, ProcessManager};
use crate::metric_definitions as metric;

/// Records in one batch at most.
const BATCH_MAX_RECORDS: usize = 500;
/// From one batch to the next at least. A batch of one record that concerns nobody asks Postgres as often as one of fifty does, and
/// the command after it is on its way on the same cores. The first record after a quiet time never waits.
const REST: Duration = Duration::from_millis(10);
/// A batch of so many records says that there is more to be read: no rest after it.
const BUSY_RECORDS: usize = BATCH_MAX_RECORDS / 4;

/// What a manager runs with.
#[derive(Clone)]
pub struct Options {
    /// Where its rows are; [`crate::migrate`] has run.
    pub pool: PgPool,
    /// Where the events come from.
    pub kafka: KafkaSettings,
    /// Says whether it works.
    pub health: Component,
}

/// Runs the manager until `shutdown`.
///
/// # Errors
/// None: what fails is tried again, loudly.
pub async fn run<M: ProcessManager>(manager: Arc<M>, options: Options, shutdown: Shutdown) -> Result<(), Infallible> {
    let mut pauses = pauses();
    while !shutdown.is_requested() {
        tokio::select! {
            () = shutdown.requested() => break,
            failure = once(&manager, &options, &mut pauses) => told(manager.name(), &options.health, &failure),
        }
        tokio::select! {
            () = shutdown.requested() => break,
            () = tokio::time::sleep(pauses.next().unwrap_or(PAUSE_MAX)) => {}
        }
    }
    Ok(())
}

const PAUSE_MAX: Duration = Duration::from_secs(10);

fn pauses() -> ExponentialBackoff {
    let pauses = ExponentialBuilder::default().with_min_delay(Duration::from_millis(200)).with_max_delay(PAUSE_MAX);
    pauses.with_jitter().without_max_times().build()
}

fn told(manager: &str, health: &Component, failure: &Failure) {
    metric::failed(manager);
    match failure {
        // Nothing is wrong: the other one goes on.
        Failure::Fenced => tracing::info!(manager, "another instance handles the events"),
        failure => {
            health.not_ready(failure.to_string());
            tracing::error!(manager, error = %failure, "the process manager has stopped, and tries again");
        }
    }
}

/// Leads and handles batch after batch until something fails.
async fn once<M: ProcessManager>(manager: &Arc<M>, options: &Options, pauses_left: &mut ExponentialBackoff) -> Failure {
    // Whoever stands by is as it should be.
    options.health.ready();
    let leader = match Leader::wait(&options.pool, manager.name()).await {
        Ok(leader) => leader,
        Err(error) => return error.into(),
    };
    tracing::info!(manager = manager.name(), "reading the log");
    tokio::select! {
        lost = leader.lost() => lost.into(),
        failed = read(manager, options, pauses_left) => match failed {
            Ok(never) => match never {},
            Err(failure) => failure,
        },
    }
}

async fn read<M: ProcessManager>(
    manager: &Arc<M>,
    options: &Options,
    pauses_left: &mut ExponentialBackoff,
) -> Result<Infallible, Failure> {
    let ends = LogEnds::new(options.kafka.clone());
    let mut partitions = Vec::new();
    let mut last = Vec::new();
    for topic in manager.topics() {
        for (partition, end) in ends.of(topic).await? {
            partitions.push(((*topic).to_owned(), partition));
            last.push(((*topic).to_owned(), partition, end));
        }
    }
    let mut lane = Lane::open(manager.clone(), options.pool.clone(), &partitions).await?;
    let next: Vec<Position> = lane.next().collect();
    for Position { topic, partition, offset } in &next {
        let end = last.iter().find(|(name, number, _)| (name, number) == (topic, partition)).map(|(.., end)| *end);
        if end.is_none_or(|end| end < *offset) {
            return Err(Failure::Shrunk(format!(
                "{topic}/{partition} ends at {} but {offset} was to be read next: the log was truncated or the topic was made anew; \
                 restore it, or begin anew by TRUNCATE tasklog_process.positions, tasklog_process.series, tasklog_process.reminders, \
                 tasklog_process.successors, tasklog_process.subtasks, tasklog_process.followed_parents, tasklog_process.deliveries, \
                 tasklog_process.attempts",
                end.unwrap_or_default()
            )));
        }
    }
    let mut reader = LogReader::open(&options.kafka, next)?;
    options.health.ready();
    let mut rested = Instant::now();
    loop {
        sleep_until(rested).await;
        let batch = reader.next_batch(BATCH_MAX_RECORDS, Duration::ZERO).await?;
        if !batch.is_empty() {
            rested = Instant::now() + rest_after(batch.len());
            lane.apply(&batch).await?;
            *pauses_left = pauses();
            options.health.ready();
        }
        metric::behind(manager.name(), !reader.at_end());
    }
}

/// How long after a batch of so many records was read the next one is asked for.
const fn rest_after(records: usize) -> Duration {
    if records < BUSY_RECORDS { REST } else { Duration::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_small_batch_when_the_next_is_asked_for_then_after_a_rest_and_after_a_large_one_at_once() {
        assert_eq!([1, BUSY_RECORDS - 1].map(rest_after), [REST; 2]);
        assert_eq!([BUSY_RECORDS, BATCH_MAX_RECORDS].map(rest_after), [Duration::ZERO; 2]);
    }
}
