//! What cannot be applied is parked or stops a partition; it is never skipped and never stops the others.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use domain::task::{TaskCreated, TaskEvent};
use domain::topics::TASKS;
use platform::health::State;
use projection::ProjectorOptions;
use projection::projections::{Description, Projection};
use projection::projector::batch::Batch;
use projection::projector::failure::ApplyError;
use sqlx::PgConnection;

use crate::forwarding::{Forwarding, in_place_of_the_tasks};
use crate::world::*;

async fn retry(world: &World, letter: i64) -> (u16, serde_json::Value) {
    let request = Request::post(format!("/dead-letters/{letter}/retry")).body(Body::empty()).unwrap();
    let (status, _, body) = world.send(request).await;
    (status.as_u16(), body)
}

/// Two ids whose streams live in different partitions.
fn apart() -> (uuid::Uuid, uuid::Uuid) {
    let partition = |n| task_record(id(n), 1, &created(id(n), "x")).position.partition;
    let other = (2..).find(|n| partition(*n) != partition(1)).unwrap();
    (id(1), id(other))
}

#[tokio::test]
async fn given_foreign_records_when_projected_then_they_are_parked_without_a_stream_and_the_rest_goes_on() {
    let world = World::new().await;
    world.append(raw_record(TASKS, b"whatever", b"not json".to_vec()));
    world.append(raw_record(TASKS, b"", Vec::new()));
    let mut elsewhere = task_record(id(1), 1, &created(id(1), "in the wrong partition"));
    elsewhere.position.partition = 1 - elsewhere.position.partition;
    world.append(elsewhere);
    world.append(task_record(id(1), 1, &created(id(1), "fine")));
    world.start_projector();
    world.settle().await;

    let (_, _, task) = world.get(&format!("/tasks/{}", id(1))).await;
    assert_eq!(task["title"], "fine");
    let (_, _, letters) = world.get("/dead-letters?limit=2").await;
    assert_eq!(letters["items"].as_array().unwrap().len(), 2);
    assert_eq!(letters["items"][0]["stream"], serde_json::Value::Null);
    let (_, _, rest) = world.get(&format!("/dead-letters?cursor={}", letters["next_cursor"].as_str().unwrap())).await;
    // Three foreign records, each parked by the three projections of the topic.
    assert_eq!(rest["items"].as_array().unwrap().len(), 7);
    assert_eq!(retry(&world, letters["items"][0]["id"].as_i64().unwrap()).await.0, 409);
    assert_eq!(retry(&world, 999_999).await.0, 404);
}

#[tokio::test]
async fn given_an_unreadable_event_when_projected_then_its_stream_waits_in_order_until_a_retry_after_the_fix() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "first")));
    let mut bad = task_record(id(1), 2, &renamed("second", 2));
    let text =
        String::from_utf8(bad.raw.clone()).unwrap().replace("tasklog.task.updated.v1", "tasklog.task.painted.v1");
    bad = raw_record(TASKS, &bad.key.unwrap(), text.into_bytes());
    world.append(bad);
    world.append(task_record(id(1), 3, &renamed("third", 3)));
    world.append(task_record(id(1), 3, &renamed("void", 3)));
    world.append(task_record(id(2), 1, &created(id(2), "another stream")));
    world.start_projector();
    world.settle().await;

    let (_, _, task) = world.get(&format!("/tasks/{}", id(1))).await;
    assert_eq!(task["title"], "first");
    let (_, _, other) = world.get(&format!("/tasks/{}", id(2))).await;
    assert_eq!(other["title"], "another stream");
    let parked = "SELECT id FROM tasklog.dead_letters WHERE projection = 'tasks' ORDER BY record_offset";
    let letters: Vec<i64> = sqlx::query_scalar(parked).fetch_all(&world.pool).await.unwrap();
    assert_eq!(letters.len(), 3);
    assert_eq!(retry(&world, letters[1]).await.0, 409);
    assert_eq!(sqlx::query_scalar::<_, i64>(parked).fetch_all(&world.pool).await.unwrap(), letters);

    let fix = "UPDATE tasklog.dead_letters SET record =
        convert_to(replace(convert_from(record, 'UTF8'), 'painted', 'updated'), 'UTF8')";
    sqlx::query(fix).execute(&world.pool).await.unwrap();
    let (status, done) = retry(&world, letters[0]).await;
    assert_eq!((status, &done["applied"], &done["void"], &done["parked"]), (200, &2.into(), &1.into(), &0.into()));
    let (_, _, task) = world.get(&format!("/tasks/{}", id(1))).await;
    assert_eq!((task["title"].as_str(), task["version"].as_u64()), (Some("third"), Some(3)));
    world.append(task_record(id(1), 4, &renamed("fourth", 4)));
    world.settle().await;
    let (_, _, task) = world.get(&format!("/tasks/{}", id(1))).await;
    assert_eq!(task["title"], "fourth");
}

/// A projection with a fault.
struct Faulty;

#[async_trait]
impl Projection for Faulty {
    fn describe(&self) -> &Description {
        &Description {
            name: "faulty",
            topic: TASKS,
            version: 1,
            create: "",
            index: "",
            rows_are_told: false,
            tables: &[],
        }
    }

    async fn apply(&self, _connection: &mut PgConnection, _batch: &mut Batch<'_>) -> Result<(), ApplyError> {
        panic!("a fault")
    }
}

#[tokio::test]
async fn given_a_projection_that_panics_when_a_record_comes_then_the_projector_ends_instead_of_looking_idle() {
    let world = World::new().await;
    let log = Arc::new(world.log.clone());
    let mut options = ProjectorOptions::new(world.pool.clone(), log, world.positions.clone(), world.health.clone());
    options.projections.push(Arc::new(Faulty));
    let running = tokio::spawn(options.run(world.shutdown.clone()));
    world.append(task_record(id(1), 1, &created(id(1), "one record is enough")));
    let ended = tokio::time::timeout(LONG, running).await.unwrap();
    assert!(ended.unwrap_err().is_panic());
}

/// So many tasks of which the 13th is `odd`, and a later change of that one.
async fn parked_of(tasks: u128, odd: &TaskEvent) -> Vec<(i64, String)> {
    let world = World::new().await;
    for n in 1..=tasks {
        let event = if n == 13 { odd.clone() } else { created(id(n), "fine") };
        world.append(task_record(id(n), 1, &event));
    }
    world.append(task_record(id(13), 2, &renamed("behind it", 2)));
    // A table that refuses one of them.
    let refusing = Forwarding::with("ALTER TABLE tasks ADD CHECK (NOT 'refused' = ANY (tags));");
    world.start_projector_on(Arc::new(world.log.clone()), in_place_of_the_tasks(refusing));
    world.settle().await;
    assert_eq!(world.count(&world.serving("tasks").table("tasks")).await, i64::try_from(tasks).unwrap() - 1);
    sqlx::query_as("SELECT sequence, stream FROM tasklog.dead_letters WHERE projection = 'tasks' ORDER BY sequence")
        .fetch_all(&world.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn given_a_value_postgres_cannot_hold_when_projected_then_only_its_stream_is_parked() {
    let stream = domain::tenant::stream_id("default", id(13));
    // Postgres refuses the statement, the batch is halved until the one is found: in an `INSERT`, and in a `COPY` of many.
    for tasks in [20, 200] {
        let refused = TaskEvent::Created(TaskCreated { tags: vec!["refused".to_owned()], ..task(id(13), "x") });
        assert_eq!(parked_of(tasks, &refused).await, [(1, stream.clone()), (2, stream.clone())], "{tasks}");
    }
    // Found before Postgres sees it: should a later event of the same batch hide it, the outcome would depend on the batch.
    assert_eq!(parked_of(20, &created(id(13), "nul \0 inside")).await, [(1, stream.clone()), (2, stream)]);
}

#[tokio::test]
async fn given_events_that_do_not_belong_in_their_stream_when_projected_then_they_are_parked_and_nothing_shows_them() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &renamed("never created", 1)));
    world.append(task_record(id(2), 1, &created(id(7), "of another stream")));
    world.append(task_record(id(3), 1, &created(id(3), "good")));
    world.append(task_record(id(3), 2, &created(id(3), "created twice")));
    let beyond = task_record(id(4), 1, &created(id(4), "due at the end of time"));
    let due = r#""due":{"due_at":"+262142-12-31T23:59:59","time_zone":"America/New_York"}"#;
    let text = String::from_utf8(beyond.raw).unwrap().replace(r#""due":null"#, due);
    assert!(text.contains("+262142"));
    world.append(raw_record(TASKS, &beyond.key.unwrap(), text.into_bytes()));
    let created_at = chrono::DateTime::<chrono::Utc>::MIN_UTC;
    let before = TaskEvent::Created(TaskCreated { created_at, ..task(id(5), "created before time") });
    world.append(task_record(id(5), 1, &before));
    world.start_projector();
    world.settle().await;

    let (_, _, page) = world.get("/tasks").await;
    let titles: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| &item["title"]).collect();
    assert_eq!(titles, ["good"]);
    // Five records, each parked by the three projections of the topic.
    assert_eq!(world.count("tasklog.dead_letters").await, 15);
}

#[tokio::test]
async fn given_a_gap_in_a_stream_when_projected_then_its_partition_stops_loudly_and_the_other_goes_on() {
    let world = World::new().await;
    let (broken, fine) = apart();
    world.append(task_record(broken, 1, &created(broken, "before the gap")));
    let gap = world.append(task_record(broken, 3, &renamed("after the gap", 3)));
    world.append(task_record(fine, 1, &created(fine, "fine")));
    world.start_projector();
    world
        .positions
        .wait_for("tasks", &format!("{TASKS}/{}@0", 1 - gap.partition).parse().unwrap(), LONG)
        .await
        .unwrap();
    world.positions.wait_for("tasks", &format!("{TASKS}/{}@0", gap.partition).parse().unwrap(), LONG).await.unwrap();

    world.append(task_record(fine, 2, &renamed("still fine", 2)));
    let position = world.end().await.get(TASKS, 1 - gap.partition).unwrap();
    world
        .positions
        .wait_for("tasks", &format!("{TASKS}/{}@{position}", 1 - gap.partition).parse().unwrap(), LONG)
        .await
        .unwrap();
    let (_, _, task) = world.get(&format!("/tasks/{fine}")).await;
    assert_eq!(task["title"], "still fine");
    let (_, _, task) = world.get(&format!("/tasks/{broken}")).await;
    assert_eq!(task["title"], "before the gap");
    let Some(State::NotReady(reason)) = world.health.components().remove("projection tasks") else {
        panic!("it must not be ready")
    };
    for part in [&broken.to_string(), &gap.to_string(), "sequence 3", "2 was expected", "docs/gaps.md"] {
        assert!(reason.contains(part), "{part} is not in {reason}");
    }
}

/// Waits until the health of the projection `tasks` says `part`.
async fn until_said(world: &World, part: &str) {
    let said = async {
        while !matches!(world.health.components().get("projection tasks"), Some(State::NotReady(why)) if why.contains(part))
        {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, said).await.unwrap();
}

#[tokio::test]
async fn given_a_gap_and_then_a_table_that_cannot_be_written_when_it_can_again_then_the_health_names_the_gap() {
    let world = World::new().await;
    let (broken, fine) = apart();
    world.append(task_record(broken, 1, &created(broken, "before the gap")));
    world.append(task_record(broken, 3, &renamed("after the gap", 3)));
    world.start_projector();
    until_said(&world, "2 was expected").await;
    let generation = world.serving("tasks");
    let rename = async |from: &str, to: &str| {
        sqlx::query(&format!("ALTER TABLE {} RENAME TO {to}", generation.table(from)))
            .execute(&world.pool)
            .await
            .unwrap();
    };
    rename("tasks", "away").await;
    world.append(task_record(fine, 1, &created(fine, "fine")));
    until_said(&world, "cannot write").await;
    rename("away", "tasks").await;
    until_said(&world, "2 was expected").await;
}

#[tokio::test]
async fn given_a_log_shorter_than_the_position_when_started_then_it_says_so_and_applies_nothing() {
    let world = World::new().await;
    let projector = world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "one")));
    world.append(task_record(id(1), 2, &renamed("two", 2)));
    world.settle().await;
    projector.abort();
    let _ = projector.await;
    let emptied =
        World::over(world.pool.clone(), projection::source::MemoryLog::new(&[TASKS, "reminders"], PARTITIONS));
    emptied.append(task_record(id(2), 1, &created(id(2), "of another log")));
    emptied.start_projector();
    let lost = async {
        loop {
            if let Some(State::NotReady(reason)) = emptied.health.components().get("projector")
                && reason.contains("truncated")
            {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, lost).await.unwrap();
    assert_eq!(emptied.count(&emptied.serving("tasks").table("tasks")).await, 1);
}

#[tokio::test]
async fn given_postgres_away_when_asked_then_503_with_retry_after() {
    let pool = platform::postgres::connect_lazily("postgres://nobody@127.0.0.1:1/none", 2).unwrap();
    let world = World::over(pool, projection::source::MemoryLog::new(&[TASKS, "reminders"], PARTITIONS));
    for path in ["/tasks", "/tags", "/reminders", "/dead-letters"] {
        let (status, headers, problem) = world.get(path).await;
        assert_eq!(status, 503, "{path}");
        assert!(headers.contains_key("retry-after"), "{path}");
        assert_eq!(problem["type"], "https://tasklog.dev/problems/unavailable");
    }
}
