//! Every metric of the read side, in one place.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const EVENTS: &str = "tasklog_projection_events_total";
const RECORDS: &str = "tasklog_projection_records_total";
const BATCH_SECONDS: &str = "tasklog_projection_batch_seconds";
const POSITION: &str = "tasklog_projection_position";
const LAG: &str = "tasklog_projection_lag_records";
const LAG_SECONDS: &str = "tasklog_projection_lag_seconds";
const REBUILD_LEFT: &str = "tasklog_projection_rebuild_left_records";
const STOPPED: &str = "tasklog_projection_stopped_partitions";
const FENCED: &str = "tasklog_projection_fenced_total";
const DEAD_LETTERS: &str = "tasklog_dead_letters";
const DEAD_LETTERS_DROPPED: &str = "tasklog_dead_letters_dropped_total";
const WAIT_SECONDS: &str = "tasklog_query_wait_seconds";
const LIST_INDEX_TASKS: &str = "tasklog_list_index_tasks";
const LIST_INDEX_FILLED: &str = "tasklog_list_index_filled_total";
const LISTS: &str = "tasklog_task_queries_total";
const LIVE_CLIENTS: &str = "tasklog_live_clients";
const LIVE_CUT: &str = "tasklog_live_clients_cut_total";

/// Names and units for the metrics page, in whatever role they come from. Call once the recorder is installed; again is no harm.
pub fn describe() {
    describe_counter!(EVENTS, "events a projection has applied");
    describe_counter!(RECORDS, "records a projection has passed, by verdict: applied, void, parked, dropped");
    describe_histogram!(BATCH_SECONDS, Unit::Seconds, "one transaction of a projection, begin to commit");
    describe_gauge!(POSITION, "last applied offset of a projection in a partition");
    describe_gauge!(LAG, "records in the log that a projection has not passed");
    describe_gauge!(
        LAG_SECONDS,
        Unit::Seconds,
        "for how long the oldest record that a projection has not passed has been in the log"
    );
    describe_gauge!(REBUILD_LEFT, "records that a rebuild of a projection has not passed; 0 while none runs");
    describe_gauge!(STOPPED, "partitions in which a projection has stopped because of a gap in a stream");
    describe_counter!(FENCED, "times a projection found its position moved by another instance");
    describe_gauge!(DEAD_LETTERS, "records parked because they could not be applied");
    describe_counter!(DEAD_LETTERS_DROPPED, "parked records that operators have dropped for good");
    describe_histogram!(WAIT_SECONDS, Unit::Seconds, "time queries waited for a consistency token");
    describe_gauge!(LIST_INDEX_TASKS, "tasks in the lists' index in memory; 0 while it is being filled");
    describe_counter!(LIST_INDEX_FILLED, "times the lists' index in memory was read from Postgres as a whole");
    describe_counter!(LISTS, "single tasks and pages of tasks, by where they came from: memory, postgres");
    describe_gauge!(LIVE_CLIENTS, "clients of the live stream");
    describe_counter!(LIVE_CUT, "clients of the live stream that were cut because they read too slowly");
}

pub(crate) struct Batch {
    pub(crate) events: u64,
    pub(crate) applied: u64,
    pub(crate) void: u64,
    pub(crate) parked: u64,
    pub(crate) dropped: u64,
    pub(crate) took: Duration,
}

pub(crate) fn batch_committed(projection: &'static str, batch: &Batch) {
    counter!(EVENTS, "projection" => projection).increment(batch.events);
    let (applied, void) = (("applied", batch.applied), ("void", batch.void));
    for (verdict, count) in [applied, void, ("parked", batch.parked), ("dropped", batch.dropped)] {
        counter!(RECORDS, "projection" => projection, "verdict" => verdict).increment(count);
    }
    histogram!(BATCH_SECONDS, "projection" => projection).record(batch.took.as_secs_f64());
}

pub(crate) fn position(projection: &'static str, topic: &str, partition: i32, offset: i64) {
    let (topic, partition) = (topic.to_owned(), partition.to_string());
    gauge!(POSITION, "projection" => projection, "topic" => topic, "partition" => partition).set(offset as f64);
}

pub(crate) fn lag(projection: &str, topic: &str, partition: i32, records: i64) {
    let (projection, topic) = (projection.to_owned(), topic.to_owned());
    gauge!(LAG, "projection" => projection, "topic" => topic, "partition" => partition.to_string()).set(records as f64);
}

pub(crate) fn lag_seconds(projection: &str, seconds: f64) {
    gauge!(LAG_SECONDS, "projection" => projection.to_owned()).set(seconds);
}

pub(crate) fn rebuild_left(projection: &str, records: u64) {
    gauge!(REBUILD_LEFT, "projection" => projection.to_owned()).set(records as f64);
}

pub(crate) fn stopped(projection: &'static str, partitions: usize) {
    gauge!(STOPPED, "projection" => projection).set(partitions as f64);
}

pub(crate) fn fenced(projection: &'static str) {
    counter!(FENCED, "projection" => projection).increment(1);
}

pub(crate) fn dead_letters(projection: &str, count: i64) {
    gauge!(DEAD_LETTERS, "projection" => projection.to_owned()).set(count as f64);
}

pub(crate) fn dead_letter_dropped(projection: &'static str) {
    counter!(DEAD_LETTERS_DROPPED, "projection" => projection).increment(1);
}

pub(crate) fn query_waited(projection: &str, waited: Duration) {
    histogram!(WAIT_SECONDS, "projection" => projection.to_owned()).record(waited.as_secs_f64());
}

pub(crate) fn list_index_tasks(tasks: usize) {
    gauge!(LIST_INDEX_TASKS).set(tasks as f64);
}

pub(crate) fn list_index_filled() {
    counter!(LIST_INDEX_FILLED).increment(1);
}

pub(crate) fn tasks_answered(from: &'static str) {
    counter!(LISTS, "from" => from).increment(1);
}

pub(crate) fn live_clients(change: f64) {
    gauge!(LIVE_CLIENTS).increment(change);
}

pub(crate) fn live_client_cut() {
    counter!(LIVE_CUT).increment(1);
}
