//! Every metric of the gateway, in one place. Requests, passed on or not, are in those of every role; those for the page have the routes `page`
//! and `asset` there.

use metrics::{counter, describe_counter, describe_gauge, gauge};

const READY: &str = "tasklog_gateway_upstream_ready";
const FAILURES: &str = "tasklog_gateway_upstream_failures_total";
const REPEATED: &str = "tasklog_gateway_upstream_repeated_total";

/// Names and units for the metrics page. Call once the recorder is installed; again is no harm.
pub fn describe() {
    describe_gauge!(READY, "1 while the upstream says that it is ready");
    describe_counter!(FAILURES, "requests that an upstream did not answer, by cause: away, broken, late, sidecar");
    describe_counter!(
        REPEATED,
        "requests that were sent to an upstream once more, for want of a connection or of its end"
    );
}

pub(crate) fn ready(upstream: &'static str, ready: bool) {
    gauge!(READY, "upstream" => upstream).set(if ready { 1.0 } else { 0.0 });
}

pub(crate) fn repeated(upstream: &'static str) {
    counter!(REPEATED, "upstream" => upstream).increment(1);
}

pub(crate) fn failed(upstream: &'static str, cause: &'static str) {
    counter!(FAILURES, "upstream" => upstream, "cause" => cause).increment(1);
}
