//! Every metric of search, in one place.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::metrics_definitions as read_side;

const COMMITTED: &str = "tasklog_search_documents_committed_total";
const DOCUMENTS: &str = "tasklog_search_documents";
const COMMIT_SECONDS: &str = "tasklog_search_commit_seconds";
const QUERY_SECONDS: &str = "tasklog_search_query_seconds";
const QUERY_FAILURES: &str = "tasklog_search_query_failures_total";
const SKIPPED: &str = "tasklog_search_events_skipped_total";
const STOPPED: &str = "tasklog_search_partition_stopped";
const REBUILD_FAILURES: &str = "tasklog_search_rebuild_failures_total";
const OUTDATED: &str = "tasklog_search_index_outdated";

/// Says what each metric means; once at start.
pub(super) fn describe() {
    describe_counter!(COMMITTED, "documents written to the search index");
    describe_gauge!(DOCUMENTS, "documents in the search index, deleted tasks among them");
    describe_histogram!(
        COMMIT_SECONDS,
        metrics::Unit::Seconds,
        "time of a commit of the search index until it is visible"
    );
    describe_histogram!(
        QUERY_SECONDS,
        metrics::Unit::Seconds,
        "time of a search in the index, waiting for a thread included"
    );
    describe_counter!(QUERY_FAILURES, "searches that the index could not answer");
    describe_counter!(SKIPPED, "events that search did not fold, by reason: void, foreign, undecodable, blocked");
    describe_gauge!(STOPPED, "1 for a partition that search has stopped at a gap in the log");
    describe_counter!(REBUILD_FAILURES, "times that a rebuild of the search index failed; each is tried again");
    describe_gauge!(OUTDATED, "1 while the search index that serves is of another version than this build's");
}

/// A commit became visible.
pub(super) fn committed(documents: usize, total: u64, took: Duration) {
    counter!(COMMITTED).increment(documents as u64);
    gauge!(DOCUMENTS).set(total as f64);
    histogram!(COMMIT_SECONDS).record(took);
}

/// Events were not folded.
pub(super) fn skipped(reason: &'static str, events: usize) {
    counter!(SKIPPED, "reason" => reason).increment(events as u64);
}

/// Where the serving index is in a partition, and whether it has stopped there.
pub(super) fn at((topic, partition): &(String, i32), offset: i64, stopped: bool) {
    read_side::position(super::NAME, topic, *partition, offset);
    gauge!(STOPPED, "topic" => topic.clone(), "partition" => partition.to_string()).set(f64::from(u8::from(stopped)));
}

/// What a rebuild has before it; 0 while none runs.
pub(super) fn rebuild_left(records: u64) {
    read_side::rebuild_left(super::NAME, records);
}

/// A rebuild failed, and is tried again.
pub(super) fn rebuild_failed() {
    counter!(REBUILD_FAILURES).increment(1);
}

/// Whether the serving index is of another version.
pub(super) fn outdated(outdated: bool) {
    gauge!(OUTDATED).set(f64::from(u8::from(outdated)));
}

/// A search was answered, or not.
pub(super) fn queried(took: Duration, answered: bool) {
    histogram!(QUERY_SECONDS).record(took);
    if !answered {
        counter!(QUERY_FAILURES).increment(1);
    }
}
