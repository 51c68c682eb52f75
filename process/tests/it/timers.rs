//! What operators see of what waits for its time.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use chrono::TimeDelta;
use domain::task::TagRename;
use domain::tenant;
use platform::health::Health;
use platform::http::App;
use platform::metrics::Metrics;
use process::ProcessState;
use process::recurrence::Recurrence;
use process::reminders::Reminders;
use process::tag_renames::{self, Rename, TagRenames, TasksWithTag, Wanted};
use process::timers::{self, COUNT_MAX};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::world::*;

/// A read side that shows nothing.
struct Nothing;

#[async_trait]
impl TasksWithTag for Nothing {
    async fn page(&self, _wanted: &Wanted<'_>) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
        Ok(Some(Vec::new()))
    }
}

/// Status and body of the answer.
async fn get(world: &World, path: &str) -> (u16, Value) {
    let (twin, pool, clock) = (Arc::new(world.twin.clone()), world.pool.clone(), world.clock.clone());
    let state = ProcessState {
        recurrence: Arc::new(Recurrence::new(twin.clone(), pool.clone(), clock.clone())),
        reminders: Arc::new(Reminders::new(twin.clone(), pool.clone(), clock.clone())),
        tag_renames: TagRenames::new(twin, Arc::new(Nothing), pool, clock.clone()),
        clock,
    };
    let router = App::new(Health::new(), Metrics::detached()).router(process::router(state));
    let answer = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&to_bytes(answer.into_body(), usize::MAX).await.unwrap()).unwrap())
}

async fn items(world: &World) -> Vec<Value> {
    let (status, page) = get(world, "/timers").await;
    assert_eq!((status, &page["next_cursor"]), (200, &Value::Null), "{page}");
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn given_reminders_of_which_some_are_due_then_it_is_told_how_many_wait_how_late_they_are_and_when_the_next_one_rings()
 {
    let world = World::new().await;
    world.create(1, json!({"title": "x"}));
    for (n, at) in [(101, "09:00:00"), (102, "09:30:00"), (103, "12:00:00")] {
        world.remind(n, id(1), json!({"remind_at": format!("2026-11-30T{at}"), "time_zone": "UTC"}));
    }
    world.settle().await;
    world.advance(TimeDelta::minutes(100));

    let all = items(&world).await;
    let names: Vec<&str> = all.iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["recurrence", "reminders", "notify", "tag-renames"]);
    let nothing = |name: &str| json!({"name": name, "waiting": 0, "due": 0, "oldest_due": null, "late_seconds": 0.0, "next": null});
    let reminders = json!({
        "name": "reminders", "waiting": 3, "due": 2, "oldest_due": "2026-11-30T09:00:00Z", "late_seconds": 2_400.0,
        "next": "2026-11-30T12:00:00Z",
    });
    assert_eq!(all, [nothing("recurrence"), reminders, nothing("notify"), nothing("tag-renames")]);

    world.tick_reminders().await;
    let after = &items(&world).await[1];
    assert_eq!((&after["waiting"], &after["due"], &after["late_seconds"]), (&json!(1), &json!(0), &json!(0.0)));
}

#[tokio::test]
async fn given_a_rename_that_nobody_works_off_then_it_is_due() {
    let world = World::new().await;
    let names = TagRename::from_json("old", json!({"to": "new"}).as_object().unwrap()).unwrap();
    let rename = Rename::new(id(7), tenant::DEFAULT, names, world.clock.now());
    tag_renames::ask(&world.pool, &rename).await.unwrap();
    world.advance(TimeDelta::seconds(30));
    let rename = &items(&world).await[3];
    assert_eq!((&rename["waiting"], &rename["due"], &rename["late_seconds"]), (&json!(1), &json!(1), &json!(30.0)));
}

#[tokio::test]
async fn given_more_than_are_counted_then_it_is_told_that_there_are_so_many() {
    let world = World::new().await;
    let fill = format!(
        "INSERT INTO tasklog_process.series (tenant, task_id, version, state, fires_at)
         SELECT 'default', gen_random_uuid(), 1, '{{}}', timestamptz '2026-11-30T08:00:00Z' - n * interval '1 second'
         FROM generate_series(1, {COUNT_MAX} + 5) n"
    );
    sqlx::query(&fill).execute(&world.pool).await.unwrap();
    let series = &timers::all(&world.pool, world.clock.now()).await.unwrap()[0];
    assert_eq!((series.waiting, series.due), (COUNT_MAX, COUNT_MAX));
    let oldest = start() - TimeDelta::seconds(i64::from(COUNT_MAX) + 5);
    assert_eq!((series.oldest_due, series.next), (Some(oldest), None));
}

#[tokio::test]
async fn given_a_parameter_when_asked_then_it_is_refused_by_its_name() {
    let (status, problem) = get(&World::new().await, "/timers?late=true").await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("late")));
}
