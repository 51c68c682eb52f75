//! A `COPY` that is given up in the middle takes its connection with it.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures::poll;
use projection::projections::{Description, Projection, tasks::Tasks};
use projection::projector::batch::Batch;
use projection::projector::failure::ApplyError;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::forwarding::in_place_of_the_tasks;
use crate::world::*;

/// A table that takes its time over a `COPY`: its answer cannot be there before somebody looks for it.
const SLOW_TABLE: &str = "
    CREATE TEMP TABLE slow (n int);
    CREATE FUNCTION pg_temp.take_time() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END';
    CREATE TRIGGER slow AFTER INSERT ON slow FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.take_time()";

/// Copies a row, and gives that up when all is sent and nothing is answered.
async fn give_up_a_copy(connection: &mut PgConnection) {
    connection.execute(SLOW_TABLE).await.unwrap();
    let mut copy = connection.copy_in_raw("COPY pg_temp.slow FROM STDIN").await.unwrap();
    copy.send(b"1\n".as_slice()).await.unwrap();
    let mut finishing = Box::pin(copy.finish());
    assert!(poll!(finishing.as_mut()).is_pending());
}

/// The tasks, whose first batch is cut off in the middle of a `COPY`.
struct CutOff(AtomicBool);

#[async_trait]
impl Projection for CutOff {
    fn describe(&self) -> &Description {
        Tasks.describe()
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &mut Batch<'_>) -> Result<(), ApplyError> {
        if self.0.swap(false, Ordering::Relaxed) {
            give_up_a_copy(connection).await;
            return Err(sqlx::Error::Io(ErrorKind::TimedOut.into()).into());
        }
        Tasks.apply(connection, batch).await
    }
}

#[tokio::test]
async fn given_a_copy_that_is_given_up_when_the_projector_goes_on_then_with_another_connection() {
    let world = World::new().await;
    let projections = in_place_of_the_tasks(CutOff(AtomicBool::new(true)));
    world.start_projector_on(Arc::new(world.log.clone()), projections);
    for n in 1..=3 {
        world.append(task_record(id(n), 1, &created(id(n), "after all")));
        world.settle().await;
    }
    assert_eq!(world.get("/tasks?total=true").await.2["total"], 3);
    assert_eq!(world.count("tasklog.dead_letters").await, 0);
}

#[tokio::test]
async fn given_a_copy_that_is_given_up_when_its_connection_is_used_again_then_it_seems_well_and_answers_something_else()
{
    // The other half of the pair: what a lane that kept its connection would work with.
    let mut connection = fresh_database().await.acquire().await.unwrap().detach();
    let mut transaction = connection.begin().await.unwrap();
    give_up_a_copy(&mut transaction).await;
    drop(transaction);
    connection.ping().await.unwrap();
    // What is left of the answers before comes first.
    let answer = sqlx::query_scalar::<_, i32>("SELECT 7").fetch_one(&mut connection).await;
    assert_ne!(answer.ok(), Some(7));
}
