//! Every metric of the crate. All carry the label `topic`.

use std::sync::Once;

use metrics::{Counter, Gauge, Histogram, Unit};

const APPEND_SECONDS: &str = "kafka_es_append_seconds";
const CONFLICTS: &str = "kafka_es_conflicts_total";
const RETRIES: &str = "kafka_es_retries_total";
const BARRIERS: &str = "kafka_es_barriers_total";
const BARRIER_RECORDS: &str = "kafka_es_barrier_records_total";
const VOID_RECORDS: &str = "kafka_es_void_records_total";
const FOREIGN_RECORDS: &str = "kafka_es_foreign_records_total";
const UNKNOWN_OUTCOMES: &str = "kafka_es_unknown_outcomes_total";
const TAIL_LAG: &str = "kafka_es_tail_lag_records";
const IN_FLIGHT: &str = "kafka_es_in_flight_records";
const UNAVAILABLE: &str = "kafka_es_unavailable_partitions";
const STOPPED: &str = "kafka_es_stopped_partitions";

static DESCRIBE: Once = Once::new();

fn describe() {
    metrics::describe_histogram!(
        APPEND_SECONDS,
        Unit::Seconds,
        "From handing a record to the producer until its verdict is known"
    );
    metrics::describe_counter!(CONFLICTS, "Records that lost the race for their sequence");
    metrics::describe_counter!(RETRIES, "Commands decided again because the state they were decided on was stale");
    metrics::describe_counter!(BARRIERS, "Refusals and fresh reads that had to be made current");
    metrics::describe_counter!(BARRIER_RECORDS, "Records without effect that were written to make refusals current");
    metrics::describe_counter!(VOID_RECORDS, "Records applied that had lost to an earlier one");
    metrics::describe_counter!(FOREIGN_RECORDS, "Records that are no event of ours and were ignored");
    metrics::describe_counter!(UNKNOWN_OUTCOMES, "Appends of which it is not known whether they are in the log");
    metrics::describe_gauge!(TAIL_LAG, "Records between what is applied and the end of the log, when last looked at");
    metrics::describe_gauge!(IN_FLIGHT, "Records handed to the producer whose verdict is not yet known");
    metrics::describe_gauge!(UNAVAILABLE, "Partitions that cannot be reached just now");
    metrics::describe_gauge!(STOPPED, "Partitions that stopped because log and local state contradict each other");
}

/// Handles of one store's metrics.
pub(crate) struct StoreMetrics {
    pub(crate) append_seconds: Histogram,
    pub(crate) conflicts: Counter,
    pub(crate) retries: Counter,
    pub(crate) barriers: Counter,
    pub(crate) barrier_records: Counter,
    pub(crate) void_records: Counter,
    pub(crate) foreign_records: Counter,
    pub(crate) unknown_outcomes: Counter,
    pub(crate) tail_lag: Gauge,
    pub(crate) in_flight: Gauge,
    pub(crate) unavailable: Gauge,
    pub(crate) stopped: Gauge,
}

impl StoreMetrics {
    /// The metrics of the store on `topic`, in the recorder installed when this is called.
    pub(crate) fn of(topic: &str) -> Self {
        DESCRIBE.call_once(describe);
        let topic = topic.to_owned();
        Self {
            append_seconds: metrics::histogram!(APPEND_SECONDS, "topic" => topic.clone()),
            conflicts: metrics::counter!(CONFLICTS, "topic" => topic.clone()),
            retries: metrics::counter!(RETRIES, "topic" => topic.clone()),
            barriers: metrics::counter!(BARRIERS, "topic" => topic.clone()),
            barrier_records: metrics::counter!(BARRIER_RECORDS, "topic" => topic.clone()),
            void_records: metrics::counter!(VOID_RECORDS, "topic" => topic.clone()),
            foreign_records: metrics::counter!(FOREIGN_RECORDS, "topic" => topic.clone()),
            unknown_outcomes: metrics::counter!(UNKNOWN_OUTCOMES, "topic" => topic.clone()),
            tail_lag: metrics::gauge!(TAIL_LAG, "topic" => topic.clone()),
            in_flight: metrics::gauge!(IN_FLIGHT, "topic" => topic.clone()),
            unavailable: metrics::gauge!(UNAVAILABLE, "topic" => topic.clone()),
            stopped: metrics::gauge!(STOPPED, "topic" => topic),
        }
    }
}
