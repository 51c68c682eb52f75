//! A build with another version of a projection fills tables of its own, while the build before it serves from its own.

use std::sync::Arc;

use platform::health::State;
use projection::generations::Role;
use projection::projections::{Description, Projection};
use projection::projector::dead_letters;

use crate::forwarding::{Forwarding, in_place_of_the_tasks};
use crate::tampered::Tampered;
use crate::world::*;

/// The projections of a later build, whose tasks have a table with one column more.
fn next_build() -> Vec<Arc<dyn Projection>> {
    let Forwarding(tasks) = Forwarding::with("ALTER TABLE tasks ADD COLUMN later int NOT NULL DEFAULT 7;");
    in_place_of_the_tasks(Forwarding(Description { version: tasks.version + 1, ..tasks }))
}

#[tokio::test]
async fn given_a_build_with_another_version_when_it_starts_then_it_fills_its_own_tables_and_the_old_build_serves_on() {
    let old = World::new().await;
    let old_projector = old.start_projector();
    for n in 1..=20 {
        old.append(task_record(id(n), 1, &created(id(n), "before")));
    }
    old.settle().await;

    let new = World::about(&next_build(), old.pool.clone(), old.log.clone());
    let log = Tampered::over(old.log.clone());
    log.hold(true);
    new.start_projector_on(Arc::new(log.clone()), next_build());
    while new.positions.serving("tasks").is_none() {
        tokio::task::yield_now().await;
    }
    assert_ne!(new.serving("tasks"), old.serving("tasks"));
    let unready = new.health.components().remove("projection tasks").unwrap();
    assert!(matches!(unready, State::NotReady(_)), "who replaces the old build waits for it: {unready:?}");
    let prefer = axum::http::Request::get("/tasks").header("Prefer", "wait=0").body(axum::body::Body::empty()).unwrap();
    assert_eq!(new.send(prefer).await.0, 503);
    old.append(task_record(id(21), 1, &created(id(21), "meanwhile")));
    old.settle().await;
    assert_eq!(old.get("/tasks?total=true").await.2["total"], 21, "the old build serves on");

    log.hold(false);
    new.settle().await;
    assert_eq!(new.get("/tasks?total=true").await.2["total"], 21);
    let later = format!("SELECT count(*) FROM {} WHERE later = 7", new.serving("tasks").table("tasks"));
    assert_eq!(sqlx::query_scalar::<_, i64>(&later).fetch_one(&new.pool).await.unwrap(), 21);

    // Put back, the old build finds its own where it left it.
    old_projector.abort();
    let _ = old_projector.await;
    new.append(task_record(id(22), 1, &created(id(22), "after")));
    new.settle().await;
    let back = World::over(old.pool.clone(), old.log.clone());
    back.start_projector();
    back.settle().await;
    assert_eq!(
        (back.serving("tasks"), back.get("/tasks?total=true").await.2["total"].as_u64()),
        (old.serving("tasks"), Some(22))
    );
    assert_eq!(Role::Serving.as_str(), "serving");
}

#[tokio::test]
async fn given_a_record_that_the_build_before_has_parked_when_the_next_one_has_applied_it_then_only_the_old_one_tells_it()
 {
    let old = World::new().await;
    old.start_projector();
    old.append(task_record(id(1), 1, &created(id(1), "t")));
    old.settle().await;
    let new = World::about(&next_build(), old.pool.clone(), old.log.clone());
    new.start_projector_on(Arc::new(new.log.clone()), next_build());
    new.settle().await;
    sqlx::query(
        "INSERT INTO tasklog.dead_letters (projection, generation, topic, partition, record_offset, error, record, parked_at)
         VALUES ('tasks', $1, 'task-events', 0, 1000000, 'made up', '', now())",
    )
    .bind(old.serving("tasks").number)
    .execute(&old.pool)
    .await
    .unwrap();
    assert_eq!(dead_letters::count(&old.pool, &old.positions).await.unwrap(), [("tasks".to_owned(), 1)]);
    assert!(dead_letters::count(&new.pool, &new.positions).await.unwrap().is_empty());
    // Here nobody could retry or drop it.
    let listed = async |world: &World| world.get("/dead-letters").await.2["items"].as_array().unwrap().len();
    assert_eq!((listed(&old).await, listed(&new).await), (1, 0));
}
