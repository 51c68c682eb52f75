//! The conformance suite on the in-process broker.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::embedded_broker;
use kafka_es::conformance as suite;
use kafka_es::{Barrier, Mutations};

#[tokio::test(flavor = "multi_thread")]
async fn given_two_writers_when_they_race_then_log_and_answers_agree() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    let audit = suite::first_one_wins(&kafka, 2, 2000, Mutations::default()).await.unwrap();
    assert!(audit.void > 0, "nobody raced: {audit:?}");
    assert!(audit.acknowledged > 0 && audit.refused > 0, "{audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn given_first_one_wins_switched_off_when_two_writers_race_then_the_audit_notices() {
    audit_notices(Mutations { first_wins_off: true, ..Mutations::default() }).await;
}

/// The writers race again with the switch on: the audit must find faults.
async fn audit_notices(broken: Mutations) {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    let faults = suite::first_one_wins(&kafka, 2, 2000, broken).await.unwrap_err();
    assert!(faults.iter().any(|fault| fault.contains("is not in the stream")), "{faults:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_record_whose_sequence_is_taken_when_read_then_it_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    suite::void_records(&kafka, Mutations::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_void_records_applied_when_a_sequence_is_taken_then_the_case_notices() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    let broken = Mutations { voids_applied: true, ..Mutations::default() };
    let case = tokio::spawn(async move { suite::void_records(&kafka, broken).await });
    assert!(case.await.unwrap_err().is_panic());
}

#[tokio::test(flavor = "multi_thread")]
async fn given_records_judged_before_what_is_below_them_when_two_writers_race_then_the_audit_notices() {
    audit_notices(Mutations { offset_gaps_unseen: true, ..Mutations::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_stale_writer_when_it_refuses_then_it_looked_at_the_log_first() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    suite::barrier_before_refusal(&kafka, Barrier::Question, Mutations::default()).await;
    suite::barrier_before_refusal(&kafka, Barrier::Record, Mutations::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_the_barrier_switched_off_when_a_stale_writer_refuses_then_the_case_notices() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    let broken = Mutations { barrier_off: true, ..Mutations::default() };
    let case = tokio::spawn(async move { suite::barrier_before_refusal(&kafka, Barrier::Question, broken).await });
    assert!(case.await.unwrap_err().is_panic());
}

#[tokio::test(flavor = "multi_thread")]
async fn given_records_that_are_written_twice_when_acknowledged_then_each_command_is_committed_once() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    suite::written_twice(&kafka, Mutations::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_writer_that_overlooks_copies_when_a_record_is_written_twice_then_the_case_notices() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    let broken = Mutations { copies_unseen: true, ..Mutations::default() };
    let case = tokio::spawn(async move { suite::written_twice(&kafka, broken).await });
    assert!(case.await.unwrap_err().is_panic());
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_command_id_when_it_comes_again_then_the_first_answer_is_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    suite::idempotent_replay(&kafka, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_state_on_disk_when_restarted_then_it_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    suite::restart_resumes(&kafka, folder.path(), Mutations::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_offsets_written_without_their_rows_when_restarted_then_the_case_notices() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    let broken = Mutations { flush_torn: true, ..Mutations::default() };
    let case = tokio::spawn(async move { suite::restart_resumes(&kafka, folder.path(), broken).await });
    assert!(case.await.unwrap_err().is_panic());
}

#[tokio::test(flavor = "multi_thread")]
async fn given_an_event_of_a_newer_build_when_read_then_its_stream_is_blocked_until_that_build_comes() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    suite::blocked_stream(&kafka, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_records_of_a_foreign_client_when_read_then_they_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    suite::foreign_records(&kafka).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_record_that_skips_a_sequence_when_read_then_its_partition_stops() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    suite::gap_stops(&kafka, Mutations::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_gaps_unseen_when_a_record_skips_a_sequence_then_the_case_notices() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    let broken = Mutations { gap_unseen: true, ..Mutations::default() };
    let case = tokio::spawn(async move { suite::gap_stops(&kafka, broken).await });
    assert!(case.await.unwrap_err().is_panic());
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_command_of_many_events_when_committed_then_they_stand_in_one_record() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    suite::commands_of_many_events(&kafka).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_the_cqrs_framework_when_used_on_the_store_then_it_works_as_on_others() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    suite::cqrs_framework(&kafka).await;
}
