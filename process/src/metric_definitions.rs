//! Every metric of the process managers, in one place.

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

use crate::timers::Waiting;

const RECORDS: &str = "tasklog_process_records_total";
const COMMANDS: &str = "tasklog_process_commands_total";
const FIRED: &str = "tasklog_process_fired_total";
const FAILURES: &str = "tasklog_process_failures_total";
const FENCED: &str = "tasklog_process_fenced_total";
const BEHIND: &str = "tasklog_process_behind";
const ATTEMPTS: &str = "tasklog_delivery_attempts_total";
const LEASE_FAILURES: &str = "tasklog_delivery_lease_failures_total";
const BATCH_FAILURES: &str = "tasklog_delivery_batch_failures_total";
const REMEMBERED: &str = "tasklog_delivery_state_store_total";
const TIMERS_WAITING: &str = "tasklog_timers_waiting";
const TIMERS_DUE: &str = "tasklog_timers_due";
const TIMERS_LATE: &str = "tasklog_timers_late_seconds";
const UNREADABLE: &str = "tasklog_process_unreadable_total";

/// Names and units for the metrics page, in whatever role they come from. Call once the recorder is installed; again is no harm.
pub fn describe() {
    describe_counter!(RECORDS, "records a process manager has passed");
    describe_counter!(COMMANDS, "commands a process manager has given, by what came of them: done, repeated, refused");
    describe_counter!(FIRED, "rows of a process manager whose time had come");
    describe_counter!(FAILURES, "times a process manager or its clock has failed and tried again");
    describe_counter!(FENCED, "times a process manager found its checkpoint moved by another instance");
    describe_gauge!(BEHIND, "1 while a process manager has not read to the end of the log");
    describe_counter!(ATTEMPTS, "attempts to deliver a reminder, by outcome: delivered, retry, refused, gone");
    describe_counter!(LEASE_FAILURES, "times the lease of a delivery under way could not be renewed");
    describe_counter!(
        BATCH_FAILURES,
        "times what many deliveries ask Postgres together failed and each had to ask for itself"
    );
    describe_counter!(
        REMEMBERED,
        "times the state store said that a delivery was made before (delivered), or could not be used (failed)"
    );
    describe_gauge!(TIMERS_WAITING, "rows of a process manager that have a time, counted up to 10,000");
    describe_gauge!(TIMERS_DUE, "rows of a process manager whose time has come, counted up to 10,000");
    describe_gauge!(TIMERS_LATE, Unit::Seconds, "for how long the oldest of them has been due; 0 where nothing is");
    describe_counter!(UNREADABLE, "events of its streams that a process manager could not read");
}

pub(crate) fn handled(manager: &'static str, records: usize) {
    counter!(RECORDS, "manager" => manager).increment(records as u64);
}

pub(crate) fn command(manager: &'static str, outcome: &'static str) {
    counter!(COMMANDS, "manager" => manager, "outcome" => outcome).increment(1);
}

pub(crate) fn fired(manager: &'static str, rows: usize) {
    counter!(FIRED, "manager" => manager).increment(rows as u64);
}

pub(crate) fn failed(manager: &str) {
    counter!(FAILURES, "manager" => manager.to_owned()).increment(1);
}

pub(crate) fn fenced(manager: &'static str) {
    counter!(FENCED, "manager" => manager).increment(1);
}

pub(crate) fn behind(manager: &'static str, behind: bool) {
    gauge!(BEHIND, "manager" => manager).set(if behind { 1.0 } else { 0.0 });
}

pub(crate) fn attempt(outcome: &'static str) {
    counter!(ATTEMPTS, "outcome" => outcome).increment(1);
}

pub(crate) fn lease_not_renewed() {
    counter!(LEASE_FAILURES).increment(1);
}

pub(crate) fn batch_failed() {
    counter!(BATCH_FAILURES).increment(1);
}

pub(crate) fn remembered(outcome: &'static str) {
    counter!(REMEMBERED, "outcome" => outcome).increment(1);
}

pub(crate) fn timers(waiting: &Waiting) {
    gauge!(TIMERS_WAITING, "manager" => waiting.manager).set(f64::from(waiting.waiting));
    gauge!(TIMERS_DUE, "manager" => waiting.manager).set(f64::from(waiting.due));
    gauge!(TIMERS_LATE, "manager" => waiting.manager).set(waiting.late_seconds());
}

pub(crate) fn unreadable(manager: &'static str) {
    counter!(UNREADABLE, "manager" => manager).increment(1);
}
