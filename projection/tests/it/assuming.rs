//! Streams that begin in a large batch are taken for new without a look. Where they are not, nothing is different.

use std::sync::Arc;

use domain::topics::{REMINDERS, TASKS};
use kafka_es::LogRecord;
use projection::projections::{Projection, tasks::Tasks};
use projection::projector::batch::MANY_NEW;

use crate::asking::scheduled;
use crate::forwarding::{Forwarding, in_place_of_the_tasks};
use crate::world::*;

/// Streams that begin; a batch holds fewer records, but more than half of them.
const STREAMS: u128 = 6_000;
/// Streams that are many enough to be taken for new.
const MANY: usize = 4 * MANY_NEW;
/// Records that are too few for that.
const FEW: usize = 50;

/// The same event in a record of a type that nobody knows.
fn unreadable(record: LogRecord) -> LogRecord {
    let text = String::from_utf8(record.raw).unwrap().replace("tasklog.task.", "tasklog.tusk.");
    raw_record(TASKS, &record.key.unwrap(), text.into_bytes())
}

/// Streams that begin twice, in the same batch and in a later one, and go on in every way.
fn twice() -> Vec<LogRecord> {
    let begin = |n: u128, title: &str| task_record(id(n), 1, &created(id(n), title));
    let rename = |n: u128, sequence: u64| task_record(id(n), sequence, &renamed(&format!("at {sequence}"), sequence));
    let mut records = Vec::new();
    for n in 0..STREAMS {
        records.push(begin(n, "first"));
        match n {
            0..20 => records.push(begin(n, "second")),
            20..40 => records.push(rename(n, 2)),
            _ => {}
        }
    }
    records.extend((0..60).map(|n| begin(n, "much later")));
    records.extend((40..60).map(|n| rename(n, 2)));
    records.extend((80..200).map(|n| task_record(id(n), 2, &completed(2))));
    // Where the stream is not known, this has to look like a gap.
    records.extend((20..40).map(|n| rename(n, 3)));
    // Void, for they come too late; whether they could be read does not matter.
    records.extend((60..80).map(|n| unreadable(begin(n, "never"))));
    // The first of their streams: these are parked, with what follows.
    for n in STREAMS..STREAMS + 4 {
        records.extend([unreadable(begin(n, "never")), rename(n, 2)]);
    }
    records.extend((0..200).map(|n| record(REMINDERS, id(n), 1, &scheduled(n, n, 60))));
    records.extend((0..200).step_by(7).map(|n| record(REMINDERS, id(n), 1, &scheduled(n, n, 90))));
    records
}

/// Every row there is, voids and parked records with them.
async fn everything(world: &World) -> (String, Vec<(String, i32, i64)>, Vec<(String, String, i64)>) {
    let voids = "SELECT topic, partition, record_offset FROM tasklog.void_records ORDER BY 1, 2, 3";
    let letters = "SELECT projection, stream, record_offset FROM tasklog.dead_letters ORDER BY 1, 2, 3";
    let voids = sqlx::query_as(voids).fetch_all(&world.pool).await.unwrap();
    let letters = sqlx::query_as(letters).fetch_all(&world.pool).await.unwrap();
    (world.dump().await, voids, letters)
}

#[tokio::test]
async fn given_streams_that_begin_twice_when_filled_in_large_batches_then_all_is_as_if_each_had_been_looked_for() {
    let large = World::new().await;
    for record in twice() {
        large.append(record);
    }
    large.start_projector();
    large.settle().await;
    let (rows, voids, letters) = everything(&large).await;
    assert_eq!(voids.len(), 20 + 60 + 20 + 29);
    assert_eq!(letters.len(), 3 * 2 * 4, "by each of three projections");

    let small = World::new().await;
    small.start_projector();
    for few in twice().chunks(FEW) {
        for record in few {
            small.append(record.clone());
        }
        small.settle().await;
    }
    assert!((rows, voids, letters) == everything(&small).await, "small batches give other rows");
}

/// Where a new row takes the place of the one that is there, as it would with `INSERT … ON CONFLICT DO UPDATE`.
const REPLACE: &str = "
    CREATE FUNCTION give_way() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN DELETE FROM tasks WHERE tenant = NEW.tenant AND id = NEW.id; RETURN NEW; END';
    CREATE TRIGGER give_way BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION give_way();";

/// Versions and titles in the table of `tasks`, and how many have them, after tasks that are stored have begun again in a large batch.
async fn begun_again(tasks: impl Projection) -> Vec<(i64, String, i64)> {
    let world = World::new().await;
    world.start_projector_on(Arc::new(world.log.clone()), in_place_of_the_tasks(tasks));
    let ids = || (0..MANY as u128).map(id);
    for id in ids() {
        world.append(task_record(id, 1, &created(id, "first")));
        world.append(task_record(id, 2, &renamed("changed", 2)));
    }
    world.settle().await;
    for id in ids() {
        world.append(task_record(id, 1, &created(id, "second")));
    }
    world.settle().await;
    let table = world.serving("tasks").table("tasks");
    let held = format!("SELECT version, view::json->>'title', count(*) FROM {table} GROUP BY 1, 2 ORDER BY 1, 2");
    sqlx::query_as(&held).fetch_all(&world.pool).await.unwrap()
}

#[tokio::test]
async fn given_tasks_that_are_taken_for_new_and_are_not_when_their_rows_go_in_all_the_same_then_those_before_are_lost()
{
    assert_eq!(begun_again(Tasks).await, [(2, "changed".to_owned(), MANY as i64)]);
    // The other half of the pair: where the rows do not fail to go in, nobody finds out.
    assert_eq!(begun_again(Forwarding::with(REPLACE)).await, [(1, "second".to_owned(), MANY as i64)]);
}
