//! Keeps a manager's lane going: leads, reads, handles, and begins again after a failure.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use kafka_es::{KafkaSettings, LogEnds, LogReader, Position};
use platform::health::Component;
use platform::lifecycle::Shutdown;
use sqlx::PgPool;

use super::leader::Leader;
use super::{Failure, Lane, ProcessManager};
use crate::metric_definitions as metric;

/// Records in one batch at most.
const BATCH_MAX_RECORDS: usize = 500;

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
    loop {
        let batch = reader.next_batch(BATCH_MAX_RECORDS, Duration::ZERO).await?;
        if !batch.is_empty() {
            lane.apply(&batch).await?;
            *pauses_left = pauses();
            options.health.ready();
        }
        metric::behind(manager.name(), !reader.at_end());
    }
}
