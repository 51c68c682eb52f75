//! What comes to be in a series has the reminders of the one before, whichever of the two topics is read first and whatever else is read
//! along with it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::reminder::ReminderStatus;
use domain::topics::{REMINDERS, TASKS};
use kafka_es::LogRecord;
use process::manager::{Lane, ProcessManager as _};
use serde_json::json;
use uuid::Uuid;

use crate::faults::commands;
use crate::managers::{partitions, reminders};
use crate::reminding::{daily_with_reminder, reminders_of};
use crate::world::*;

/// The fault: nobody keeps which occurrence follows which.
const NO_SUCCESSORS: &str = "
    CREATE FUNCTION no_successors() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RETURN NULL;
    END $$;
    CREATE TRIGGER no_successors BEFORE INSERT ON tasklog_process.successors
        FOR EACH ROW EXECUTE FUNCTION no_successors()";

/// The fault: occurrences seem to have come to be later than they did.
const MADE_LATER: &str = "
    CREATE FUNCTION made_later() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.made_at := NEW.made_at + interval '1 day';
        RETURN NEW;
    END $$;
    CREATE TRIGGER made_later BEFORE INSERT ON tasklog_process.successors FOR EACH ROW EXECUTE FUNCTION made_later()";

/// The fault: occurrences that came back seem to have been there all the time.
const MADE_ONCE: &str = "
    CREATE FUNCTION made_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.made_at := OLD.made_at;
        RETURN NEW;
    END $$;
    CREATE TRIGGER made_once BEFORE UPDATE ON tasklog_process.successors FOR EACH ROW EXECUTE FUNCTION made_once()";

/// A world with the fault, or without it.
async fn daily(fault: Option<&str>) -> World {
    let world = daily_with_reminder().await;
    if let Some(fault) = fault {
        sqlx::raw_sql(fault).execute(&world.pool).await.unwrap();
    }
    world
}

/// Completes an occurrence, while nobody minds the reminders; the one that follows it. Time passes.
async fn followed(world: &World, occurrence: Uuid) -> Uuid {
    world.complete(occurrence);
    world.recur().await;
    world.advance(TimeDelta::minutes(1));
    world.open()[0].id
}

#[tokio::test]
async fn given_two_topics_when_either_is_read_first_then_each_occurrence_has_the_reminder_and_without_the_rows_of_successors_it_is_lost()
 {
    // How many reminders the first occurrence has, the second and the third.
    for (order, fault, expected) in [
        ([TASKS, REMINDERS], None, [1, 1, 1]),
        ([REMINDERS, TASKS], None, [1, 1, 1]),
        ([TASKS, REMINDERS], Some(NO_SUCCESSORS), [1, 0, 0]),
        // The second finds the reminder of the first, and its own is read when the third is there already.
        ([REMINDERS, TASKS], Some(NO_SUCCESSORS), [1, 1, 0]),
    ] {
        let world = daily(fault).await;
        let second = followed(&world, id(1)).await;
        let third = followed(&world, second).await;
        world.read_one_by_one(order).await;
        world.settle().await;
        let reminders = [id(1), second, third].map(|task| reminders_of(&world, task).len());
        assert_eq!(reminders, expected, "{order:?}, {fault:?}");
    }
}

#[tokio::test]
async fn given_a_reminder_that_came_after_the_next_occurrence_then_it_is_not_for_that_and_where_that_seems_later_it_is()
{
    for (fault, expected) in [(None, 1), (Some(MADE_LATER), 2)] {
        let world = daily(fault).await;
        let next = followed(&world, id(1)).await;
        world.remind(102, id(1), json!({"before_due": "PT2H"}));
        world.read_one_by_one([TASKS, REMINDERS]).await;
        world.settle().await;
        assert_eq!(reminders_of(&world, next).len(), expected);
    }
}

/// Completed, opened again and completed: the next one was taken back before its reminders were minded, and came back.
#[tokio::test]
async fn given_an_occurrence_that_came_back_then_it_has_the_reminders_of_then_and_where_it_seems_to_have_been_there_those_of_before()
 {
    for (fault, expected) in [(None, 2), (Some(MADE_ONCE), 1)] {
        let world = daily(fault).await;
        let next = followed(&world, id(1)).await;
        world.update(id(1), json!({"status": "pending"}));
        world.recur().await;
        world.remind(102, id(1), json!({"before_due": "PT2H"}));
        world.advance(TimeDelta::minutes(1));
        assert_eq!(followed(&world, id(1)).await, next);
        world.read_one_by_one([TASKS, REMINDERS]).await;
        world.settle().await;
        let theirs = reminders_of(&world, next);
        assert_eq!(theirs.iter().filter(|it| it.status == ReminderStatus::Scheduled).count(), expected);
    }
}

/// The same where the reminders are minded while it is away.
#[tokio::test]
async fn given_an_occurrence_that_was_taken_back_when_it_comes_back_then_it_has_the_reminders() {
    let world = daily_with_reminder().await;
    world.recur().await;
    for status in ["completed", "pending"] {
        world.update(id(1), json!({"status": status}));
        world.recur().await;
    }
    world.settle().await;
    world.advance(TimeDelta::minutes(1));
    world.remind(102, id(1), json!({"before_due": "PT2H"}));
    world.advance(TimeDelta::minutes(1));
    world.complete(id(1));
    world.settle().await;
    let theirs = reminders_of(&world, world.open()[0].id);
    assert_eq!(theirs.iter().filter(|it| it.status == ReminderStatus::Scheduled).count(), 2);
}

/// The last record of each stream.
fn last_of_each(records: Vec<LogRecord>) -> Vec<LogRecord> {
    let streams: BTreeMap<_, _> = records.into_iter().map(|record| (record.key.clone(), record)).collect();
    let mut last: Vec<LogRecord> = streams.into_values().collect();
    last.sort_by(|a, b| (&a.position.topic, a.position.offset).cmp(&(&b.position.topic, b.position.offset)));
    last
}

/// What happens to an occurrence right after it was made is read along with its making.
#[tokio::test]
async fn given_an_occurrence_that_is_moved_at_once_when_both_are_read_together_then_it_has_the_reminders_and_where_only_the_last_is_seen_none()
 {
    for all in [true, false] {
        let world = daily_with_reminder().await;
        let next = followed(&world, id(1)).await;
        world.update(next, json!({"due_at": "2026-12-01T20:00:00"}));
        let records = [world.twin.records(TASKS, 0), world.twin.records(REMINDERS, 0)].concat();
        let batch = if all { records } else { last_of_each(records) };
        let manager = reminders(&world, commands(&world.twin, None));
        let mut lane = Lane::open(manager.clone(), world.pool.clone(), &partitions(manager.topics())).await.unwrap();
        lane.apply(&batch).await.unwrap();
        world.settle().await;
        let times: Vec<_> = reminders_of(&world, next).iter().map(|it| it.remind_utc - start()).collect();
        assert_eq!(times, if all { vec![TimeDelta::hours(24 + 11)] } else { Vec::new() });
    }
}
