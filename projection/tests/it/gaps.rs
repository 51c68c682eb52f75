//! What the log has lost: who notices it stops there, who does not shows a task as it never was.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use domain::task::{Priority, TaskChanges, TaskEvent, TaskUpdated};
use kafka_es::{ConsistencyToken, LogRecord};
use platform::health::State;
use projection::projections::tasks::Tasks;
use projection::projections::{self, Description, Projection};
use projection::projector::batch::Batch;
use projection::projector::failure::ApplyError;
use serde_json::Value;
use sqlx::PgConnection;

use crate::forwarding::in_place_of_the_tasks;
use crate::world::*;

/// The tasks, taken from whatever comes next in their streams.
struct Unnoticing;

#[async_trait]
impl Projection for Unnoticing {
    fn describe(&self) -> &Description {
        Tasks.describe()
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &mut Batch<'_>) -> Result<(), ApplyError> {
        batch.mutations.gap_unseen = true;
        Tasks.apply(connection, batch).await
    }
}

/// A task is created, made urgent and renamed.
fn history() -> [LogRecord; 3] {
    let changes = TaskChanges { priority: Some(Priority::Urgent), ..TaskChanges::default() };
    let urgent = TaskEvent::Updated(TaskUpdated { changes, updated_at: start() });
    [
        task_record(id(1), 1, &created(id(1), "before")),
        task_record(id(1), 2, &urgent),
        task_record(id(1), 3, &renamed("after", 3)),
    ]
}

/// What the projection of tasks says of itself, and what is answered to who has written the last of these records.
async fn answered(records: &[LogRecord], projections: Vec<Arc<dyn Projection>>) -> (State, u16, Value) {
    let world = World::new().await;
    let mut token = ConsistencyToken::new();
    for record in records {
        token.merge(&world.append(record.clone()).into());
    }
    world.start_projector_on(Arc::new(world.log.clone()), projections);
    let said = async {
        loop {
            match world.health.components().remove("projection tasks") {
                Some(State::NotReady(reason)) if !reason.contains("was expected") => {}
                Some(state) => return state,
                None => {}
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let state = tokio::time::timeout(LONG, said).await.unwrap();
    let asked = Request::get(format!("/tasks/{}", id(1))).header("Consistency-Token", token.to_string());
    let (status, _, body) = world.send(asked.header("Prefer", "wait=0").body(Body::empty()).unwrap()).await;
    (state, status.as_u16(), body)
}

/// Priority, title and version of a task.
fn task_of(body: &Value) -> (&str, &str, u64) {
    (body["priority"].as_str().unwrap(), body["title"].as_str().unwrap(), body["version"].as_u64().unwrap())
}

#[tokio::test]
async fn given_a_change_that_the_log_has_lost_when_projected_then_it_is_noticed_and_unnoticed_it_is_lost() {
    let [first, lost, last] = history();
    let whole = [first.clone(), lost, last.clone()];
    let (state, status, body) = answered(&whole, projections::all()).await;
    assert_eq!((state, status, task_of(&body)), (State::Ready, 200, ("urgent", "after", 3)));

    let gap = [first, last];
    let (state, status, problem) = answered(&gap, projections::all()).await;
    assert!(matches!(&state, State::NotReady(reason) if reason.contains("2 was expected")), "{state:?}");
    assert_eq!((status, &problem["type"]), (503, &"https://tasklog.dev/problems/projection-behind".into()));

    // The other half of the pair: all is well, and what was urgent is not.
    let (state, status, body) = answered(&gap, in_place_of_the_tasks(Unnoticing)).await;
    assert_eq!((state, status, task_of(&body)), (State::Ready, 200, ("none", "after", 2)));
}
