//! What queries need besides the rows: a generation gets it in the moment it counts as filled, and not before.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use projection::generations::Generation;
use projection::projections::{self, Description, Projection, tasks::Tasks};
use projection::projector::batch::Batch;
use projection::projector::failure::ApplyError;
use sqlx::{Executor as _, PgConnection};
use tokio::task::yield_now;
use uuid::Uuid;

use crate::forwarding::in_place_of_the_tasks;
use crate::tampered::Tampered;
use crate::world::*;

/// More than a batch holds.
const MANY: u64 = 9_000;
/// As many as a batch holds.
const BATCH: usize = 4_000;

fn fill(world: &World, count: u64) {
    for n in 0..count {
        world.append(task_record(id(n.into()), 1, &created(id(n.into()), "there before")));
    }
}

/// Whether the generation counts as filled, and how many indexes it has besides those of its keys; both at one moment.
async fn filled_and_indexes(world: &World, generation: Generation) -> (bool, usize) {
    let (filled, indexes): (bool, i64) = sqlx::query_as(
        "SELECT coalesce((SELECT bool_and(position >= goal) FROM tasklog.positions WHERE generation = $1), false),
                (SELECT count(*) FROM pg_indexes WHERE schemaname = $2 AND indexname NOT LIKE '%\\_pkey')",
    )
    .bind(generation.number)
    .bind(generation.schema())
    .fetch_one(&world.pool)
    .await
    .unwrap();
    (filled, indexes as usize)
}

/// How many its projection makes.
fn all_indexes(generation: Generation) -> usize {
    projections::find(generation.projection).unwrap().describe().index.matches("CREATE INDEX").count()
}

/// Waits until it counts as filled. True when it was seen before that.
async fn watch_until_filled(world: &World, generation: Generation) -> bool {
    let mut seen_before = false;
    let watched = async {
        loop {
            match filled_and_indexes(world, generation).await {
                (true, indexes) => return assert_eq!(indexes, all_indexes(generation), "filled"),
                (false, indexes) => assert_eq!(indexes, 0, "not filled yet"),
            }
            seen_before = true;
        }
    };
    tokio::time::timeout(LONG, watched).await.unwrap();
    seen_before
}

/// The generation of `name` that serves, as soon as there is one.
async fn first_generation(world: &World, name: &str) -> Generation {
    while world.positions.serving(name).is_none() {
        yield_now().await;
    }
    world.serving(name)
}

/// Waits until this process would answer from the projection.
async fn until_answered(world: &World, name: &str) {
    assert!(world.positions.filled(name, LONG).await);
}

#[tokio::test]
async fn given_a_log_that_is_there_when_a_new_projector_fills_it_then_the_indexes_come_in_the_moment_it_is_filled() {
    let world = World::new().await;
    fill(&world, MANY);
    let log = Tampered::over(world.log.clone());
    log.hold(true);
    world.start_projector_on(Arc::new(log.clone()), projections::all());
    let tasks = first_generation(&world, "tasks").await;
    assert_eq!(filled_and_indexes(&world, tasks).await, (false, 0));
    log.hold(false);
    assert!(watch_until_filled(&world, tasks).await);
    until_answered(&world, "tasks").await;
    assert_eq!(world.get("/tasks?total=true&limit=1").await.2["total"], MANY);
}

#[tokio::test]
async fn given_an_empty_log_when_a_projector_starts_then_the_indexes_are_there_before_anything_is() {
    let world = World::new().await;
    world.start_projector();
    for name in projections::names() {
        until_answered(&world, name).await;
        let generation = world.serving(name);
        assert_eq!(filled_and_indexes(&world, generation).await, (true, all_indexes(generation)), "{name}");
    }
    assert!(all_indexes(world.serving("tasks")) > 0 && all_indexes(world.serving("reminders")) > 0);
}

#[tokio::test]
async fn given_a_partition_that_stops_when_the_others_come_to_their_end_after_it_then_the_indexes_are_there() {
    let world = World::new().await;
    let (broken, fine) = (ids_in(0).next().unwrap(), ids_in(1).next().unwrap());
    stop_at(&world, broken);
    world.append(task_record(fine, 1, &created(fine, "fine")));
    world.start_projector();
    until_answered(&world, "tasks").await;
    let tasks = world.serving("tasks");
    assert_eq!(filled_and_indexes(&world, tasks).await, (true, all_indexes(tasks)));
}

#[tokio::test]
async fn given_a_partition_that_stops_when_the_others_have_come_to_their_end_before_it_then_the_indexes_are_there() {
    let world = World::new().await;
    // A batch of their own: a log in memory gives one partition after the other.
    for fine in ids_in(0).take(BATCH) {
        world.append(task_record(fine, 1, &created(fine, "fine")));
    }
    stop_at(&world, ids_in(1).next().unwrap());
    world.start_projector();
    until_answered(&world, "tasks").await;
    let tasks = world.serving("tasks");
    assert_eq!(filled_and_indexes(&world, tasks).await, (true, all_indexes(tasks)));
    let (_, _, page) = world.get("/tasks?total=true&limit=1").await;
    assert!(page["total"].as_u64().unwrap() >= BATCH as u64, "{page}");
}

/// Streams that live in this partition.
fn ids_in(partition: i32) -> impl Iterator<Item = Uuid> {
    let lives = move |id: &Uuid| {
        let stream = domain::tenant::stream_id(domain::tenant::DEFAULT, *id);
        kafka_es::partition_for(stream.as_bytes(), PARTITIONS) == partition
    };
    (1..).map(id).filter(lives)
}

/// A stream that has lost an event.
fn stop_at(world: &World, broken: Uuid) {
    world.append(task_record(broken, 1, &created(broken, "before the gap")));
    world.append(task_record(broken, 3, &renamed("after the gap", 3)));
}

#[tokio::test]
async fn given_a_projector_killed_again_and_again_while_it_fills_then_what_is_filled_has_its_indexes_at_every_moment() {
    let world = World::new().await;
    fill(&world, MANY);
    for round in 0..20 {
        world.start_and_kill_projector(round * 40).await;
    }
    world.start_projector();
    let tasks = first_generation(&world, "tasks").await;
    watch_until_filled(&world, tasks).await;
    until_answered(&world, "tasks").await;
    world.settle().await;
    assert_eq!(world.get("/tasks?total=true&limit=1").await.2["total"], MANY);
}

#[tokio::test]
async fn given_two_projectors_when_both_fill_then_what_is_filled_has_its_indexes_at_every_moment() {
    let world = World::new().await;
    let rival = World::over(world.pool.clone(), world.log.clone());
    fill(&world, MANY);
    world.start_projector();
    rival.start_projector();
    let tasks = first_generation(&world, "tasks").await;
    watch_until_filled(&world, tasks).await;
    for world in [&world, &rival] {
        until_answered(world, "tasks").await;
        assert_eq!(world.get("/tasks?total=true&limit=1").await.2["total"], MANY);
    }
}

#[tokio::test]
async fn given_a_filled_generation_that_has_no_indexes_when_a_projector_starts_then_it_gets_them() {
    let world = World::new().await;
    let projector = world.start_projector();
    fill(&world, 20);
    world.settle().await;
    projector.abort();
    let _ = projector.await;
    let tasks = world.serving("tasks");
    let named = "SELECT indexname::text FROM pg_indexes WHERE schemaname = $1 AND indexname NOT LIKE '%\\_pkey'";
    let names: Vec<String> = sqlx::query_scalar(named).bind(tasks.schema()).fetch_all(&world.pool).await.unwrap();
    for name in names {
        sqlx::query(&format!("DROP INDEX {}", tasks.table(&name))).execute(&world.pool).await.unwrap();
    }
    assert_eq!(filled_and_indexes(&world, tasks).await, (true, 0));

    world.start_projector();
    let indexed = async {
        while filled_and_indexes(&world, tasks).await.1 < all_indexes(tasks) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, indexed).await.unwrap();
    world.append(task_record(id(99), 1, &created(id(99), "more")));
    world.settle().await;
}

/// The tasks, written and indexed in another way.
struct Otherwise {
    description: Description,
    /// Run before the rows of a batch and after them, in its transaction.
    around_rows: [&'static str; 2],
}

impl Otherwise {
    fn new(around_rows: [&'static str; 2], index: &'static str) -> Self {
        Self { description: Description { index, ..*Tasks.describe() }, around_rows }
    }
}

#[async_trait]
impl Projection for Otherwise {
    fn describe(&self) -> &Description {
        &self.description
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &mut Batch<'_>) -> Result<(), ApplyError> {
        connection.execute(self.around_rows[0]).await?;
        Tasks.apply(&mut *connection, batch).await?;
        connection.execute(self.around_rows[1]).await?;
        Ok(())
    }
}

fn start_projector_with(world: &World, tasks: Otherwise) -> tokio::task::JoinHandle<()> {
    world.start_projector_on(Arc::new(world.log.clone()), in_place_of_the_tasks(tasks))
}

/// The statements that make the indexes of the tasks, cut in the middle.
fn halves() -> (&'static str, &'static str) {
    let index = Tasks.describe().index;
    let (middle, _) = index.match_indices("CREATE INDEX").nth(4).unwrap();
    index.split_at(middle)
}

/// Waits where a test has put it until the test lets it go.
const STOP: &str = "SELECT pg_advisory_xact_lock(1, 1);";

/// The session that waits at [`STOP`], when there is one.
async fn stopped(world: &World) -> i32 {
    let waits = "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
                 WHERE locktype = 'advisory' AND objsubid = 2 AND NOT granted AND datname = current_database()";
    let stopped = async {
        loop {
            match sqlx::query_scalar(waits).fetch_optional(&world.pool).await.unwrap() {
                Some(session) => return session,
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    tokio::time::timeout(LONG, stopped).await.unwrap()
}

/// Waits until a session has come to its end.
async fn until_gone(world: &World, session: i32) {
    let found = format!("pg_stat_activity WHERE pid = {session}");
    let gone = async {
        while world.count(&found).await > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, gone).await.unwrap();
}

#[tokio::test]
async fn given_a_projector_killed_at_any_point_of_the_batch_that_fills_then_it_is_not_filled_and_has_no_index() {
    let world = World::new().await;
    fill(&world, 20);
    let (first, second) = halves();
    let stops = [
        ([STOP, ""], Tasks.describe().index.to_owned()),
        (["", STOP], Tasks.describe().index.to_owned()),
        (["", ""], format!("{STOP} {first} {second}")),
        (["", ""], format!("{first} {STOP} {second}")),
        (["", ""], format!("{first} {second} {STOP}")),
    ];
    for (around_rows, index) in stops {
        let mut holder = world.pool.begin().await.unwrap();
        holder.execute(STOP).await.unwrap();
        let projector = start_projector_with(&world, Otherwise::new(around_rows, index.leak()));
        let session = stopped(&world).await;
        projector.abort();
        let _ = projector.await;
        holder.rollback().await.unwrap();
        until_gone(&world, session).await;
        assert_eq!(filled_and_indexes(&world, world.serving("tasks")).await, (false, 0));
    }
    world.start_projector();
    until_answered(&world, "tasks").await;
    let tasks = world.serving("tasks");
    assert_eq!(filled_and_indexes(&world, tasks).await, (true, all_indexes(tasks)));
}

#[tokio::test]
async fn given_indexes_that_are_made_after_the_fill_when_killed_in_the_middle_then_it_answers_without_them_for_good() {
    // The other half of the pair: a projector that leaves the indexes to transactions that come after it.
    let world = World::new().await;
    fill(&world, 20);
    let projector = start_projector_with(&world, Otherwise::new(["", ""], ""));
    until_answered(&world, "tasks").await;
    projector.abort();
    let _ = projector.await;
    let tasks = world.serving("tasks");
    assert_eq!(filled_and_indexes(&world, tasks).await, (true, 0));

    let mut killed = world.pool.acquire().await.unwrap().detach();
    killed.execute(format!("SET search_path = {}", tasks.schema()).as_str()).await.unwrap();
    killed.execute(halves().0).await.unwrap();
    drop(killed);
    assert_eq!(filled_and_indexes(&world, tasks).await, (true, 4));
    // Nobody makes the others any more: who has some has got all of them at once.
    world.start_projector();
    world.append(task_record(id(99), 1, &created(id(99), "more")));
    world.settle().await;
    assert_eq!(filled_and_indexes(&world, tasks).await, (true, 4));
}
