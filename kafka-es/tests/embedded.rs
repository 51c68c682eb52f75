//! The conformance suite on the in-process broker: each case as it must pass, and with a part of the protocol switched off, when
//! it must find the fault that this part is there for.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::Duration;

use common::embedded_broker;
use futures::FutureExt;
use kafka_es::conformance as suite;
use kafka_es::{Barrier, KafkaSettings, LogEnds, Mutations};

/// Runs a case on a broker of its own.
async fn on_a_broker<T>(case: impl AsyncFnOnce(&KafkaSettings, &Path) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let kafka = embedded_broker(folder.path()).await;
    case(&kafka, folder.path()).await
}

/// The case must fail, and say this.
async fn finds(fault: &str, case: impl AsyncFnOnce(&KafkaSettings, &Path)) {
    let panic = AssertUnwindSafe(on_a_broker(case)).catch_unwind().await.expect_err("the case must notice");
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    assert!(said.unwrap_or_default().contains(fault), "{said:?}");
}

/// Two writers race; the audit must find that an answer was wrong.
async fn audit_notices(broken: Mutations) {
    let faults = on_a_broker(async |kafka, _| suite::first_one_wins(kafka, 2, 2000, broken).await.unwrap_err()).await;
    assert!(faults.iter().any(|fault| fault.contains("is not in the stream")), "{faults:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn given_two_writers_when_they_race_then_log_and_answers_agree() {
    let raced = on_a_broker(async |kafka, _| suite::first_one_wins(kafka, 2, 2000, Mutations::default()).await);
    let audit = raced.await.unwrap();
    assert!(audit.void > 0, "nobody raced: {audit:?}");
    assert!(audit.acknowledged > 0 && audit.refused > 0, "{audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn given_first_one_wins_switched_off_when_two_writers_race_then_the_audit_notices() {
    audit_notices(Mutations { first_wins_off: true, ..Mutations::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_records_judged_before_what_is_below_them_when_two_writers_race_then_the_audit_notices() {
    audit_notices(Mutations { offset_gaps_unseen: true, ..Mutations::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_stale_writer_when_it_refuses_then_it_looked_at_the_log_first() {
    let refuses = |barrier| {
        on_a_broker(async move |kafka, _| suite::barrier_before_refusal(kafka, barrier, Mutations::default()).await)
    };
    // Each on a broker of its own, and most of it is waiting.
    tokio::join!(refuses(Barrier::Question), refuses(Barrier::Record));
}

#[tokio::test(flavor = "multi_thread")]
async fn given_the_barrier_switched_off_when_a_stale_writer_refuses_then_the_case_notices() {
    let broken = Mutations { barrier_off: true, ..Mutations::default() };
    let case = async |kafka: &KafkaSettings, _: &Path| {
        suite::barrier_before_refusal(kafka, Barrier::Question, broken).await;
    };
    finds("the version is 1 by now", case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_partition_without_events_when_a_writer_refuses_then_it_leaves_a_record_that_is_no_event() {
    on_a_broker(async |kafka, folder| suite::barrier_without_events(kafka, folder, Mutations::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_writer_that_asks_about_empty_partitions_when_it_refuses_then_the_case_notices() {
    let broken = Mutations { empty_partitions_asked: true, ..Mutations::default() };
    let case = async |kafka: &KafkaSettings, folder: &Path| suite::barrier_without_events(kafka, folder, broken).await;
    finds("a barrier by record", case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_records_that_are_written_twice_when_acknowledged_then_each_command_is_committed_once() {
    on_a_broker(async |kafka, _| suite::written_twice(kafka, Mutations::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_writer_that_overlooks_copies_when_a_record_is_written_twice_then_the_case_notices() {
    let broken = Mutations { copies_unseen: true, ..Mutations::default() };
    finds("Replayed", async |kafka, _| suite::written_twice(kafka, broken).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_tail_that_rests_when_another_writer_comes_then_it_is_woken() {
    on_a_broker(async |kafka, _| suite::resting_tail(kafka, Mutations::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_tail_that_nothing_wakes_when_another_writer_comes_then_the_case_notices() {
    let broken = Mutations { sleeps_on: true, ..Mutations::default() };
    finds("a tail that rests is woken", async |kafka, _| suite::resting_tail(kafka, broken).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_command_id_when_it_comes_again_then_the_first_answer_is_given_again() {
    on_a_broker(async |kafka, folder| suite::idempotent_replay(kafka, folder, Mutations::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_writer_that_forgets_commands_when_one_comes_again_then_the_case_notices() {
    let broken = Mutations { commands_forgotten: true, ..Mutations::default() };
    let case = async |kafka: &KafkaSettings, folder: &Path| suite::idempotent_replay(kafka, folder, broken).await;
    finds("WrongVersion", case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_state_on_disk_when_restarted_then_it_resumes() {
    on_a_broker(async |kafka, folder| suite::restart_resumes(kafka, folder, Mutations::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_offsets_written_without_their_rows_when_restarted_then_the_case_notices() {
    let broken = Mutations { flush_torn: true, ..Mutations::default() };
    finds("left: 1\n right: 7", async |kafka, folder| suite::restart_resumes(kafka, folder, broken).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_commands_that_are_given_again_at_once_when_their_streams_have_gone_on_then_each_is_answered_as_at_first()
{
    on_a_broker(async |kafka, _| suite::given_again_at_once(kafka, Mutations::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_streams_that_are_read_back_one_by_one_when_commands_are_given_again_then_they_wait_in_vain() {
    let broken = Mutations { reads_in_turn: true, ..Mutations::default() };
    finds("is answered", async |kafka, _| suite::given_again_at_once(kafka, broken).await).await;
}

/// Takes the first records of the topic's only partition out of the broker's storage: it knows no request for that.
async fn lose(folder: &Path, topic: &str, below: i64) {
    let database = libsql::Builder::new_local(folder.join("broker.db")).build().await.unwrap();
    let connection = database.connect().unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    let of_topic = "SELECT p.id FROM topition p JOIN topic t ON p.topic = t.id WHERE t.name = ?1";
    let delete = format!("DELETE FROM record WHERE topition IN ({of_topic}) AND offset_id < ?2");
    let deleted = connection.execute(&delete, (topic, below)).await.unwrap();
    assert_eq!(i64::try_from(deleted).unwrap(), below);
}

async fn lost_records(kafka: &KafkaSettings, folder: &Path, mutations: Mutations) {
    suite::lost_records(kafka, mutations, async |topic, below| lose(folder, topic, below).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_records_that_the_log_no_longer_holds_when_commands_are_given_again_then_only_their_own_streams_fail() {
    on_a_broker(async |kafka, folder| lost_records(kafka, folder, Mutations::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_lost_record_that_ends_all_who_read_when_commands_are_given_again_then_the_case_notices() {
    let broken = Mutations { lost_together: true, ..Mutations::default() };
    let case = async |kafka: &KafkaSettings, folder: &Path| lost_records(kafka, folder, broken).await;
    finds("what the log holds is answered", case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_command_id_that_a_foreign_program_used_twice_when_restarted_then_the_history_is_whole() {
    on_a_broker(suite::repeated_command_id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_an_event_of_a_newer_build_when_read_then_its_stream_is_blocked_until_that_build_comes() {
    on_a_broker(suite::blocked_stream).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_records_of_a_foreign_client_when_read_then_they_change_nothing() {
    on_a_broker(async |kafka, _| suite::foreign_records(kafka).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_record_whose_sequence_is_taken_when_read_then_it_changes_nothing() {
    on_a_broker(async |kafka, _| suite::void_records(kafka, Mutations::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_void_records_applied_when_a_sequence_is_taken_then_the_case_notices() {
    let broken = Mutations { voids_applied: true, ..Mutations::default() };
    finds("(2, 102)", async |kafka, _| suite::void_records(kafka, broken).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_record_that_skips_a_sequence_when_read_then_its_partition_stops() {
    on_a_broker(async |kafka, _| suite::gap_stops(kafka, Mutations::default()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_gaps_unseen_when_a_record_skips_a_sequence_then_the_case_notices() {
    let broken = Mutations { gap_unseen: true, ..Mutations::default() };
    finds("Ok(Some(3))", async |kafka, _| suite::gap_stops(kafka, broken).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_command_of_many_events_when_committed_then_they_stand_in_one_record() {
    on_a_broker(async |kafka, _| suite::commands_of_many_events(kafka).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_the_cqrs_framework_when_used_on_the_store_then_it_works_as_on_others() {
    on_a_broker(async |kafka, _| suite::cqrs_framework(kafka).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_log_that_grows_when_asked_for_its_end_again_then_it_is_the_one_of_now() {
    on_a_broker(async |kafka, _| {
        let (topic, ends) = (suite::fresh_topic(kafka, 2).await, LogEnds::new(kafka.clone()));
        for end in 0..3 {
            assert_eq!(ends.of(&topic).await.unwrap(), [(0, end), (1, 0)].into());
            suite::write_raw(kafka, &topic, 0, "s/1", Some(b"anything")).await;
        }
        // A question that nobody waits for takes its client with it.
        let _ = tokio::time::timeout(Duration::ZERO, ends.of(&topic)).await;
        assert_eq!(ends.of(&topic).await.unwrap(), [(0, 3), (1, 0)].into());
    })
    .await;
}
