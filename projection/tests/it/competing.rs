//! Two instances of a projector with the same batch at the same moment: the positions say which of them writes it.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use domain::topics::TASKS;
use kafka_es::LogRecord;
use projection::generations::Generation;
use projection::projections::Projection as _;
use projection::projections::completed::Completed;
use projection::projector::batch::Batch;
use projection::projector::checkpoint::{self, Checkpoint, Durable};
use sqlx::{PgPool, Postgres, Transaction};

use crate::world::*;

/// Whether positions are compared before they are moved.
#[derive(Clone, Copy)]
enum Fence {
    On,
    Off,
}

/// An instance's transaction with a task that is created and completed, not yet committed; `None` where the positions were not where
/// it had left them.
async fn apply(pool: PgPool, generation: Generation, fence: Fence) -> Option<Transaction<'static, Postgres>> {
    let records = [task_record(id(1), 1, &created(id(1), "Once")), task_record(id(1), 2, &completed(2))];
    let records: Vec<&LogRecord> = records.iter().collect();
    let to = BTreeMap::from([(records[0].position.partition, 1)]);
    let mut transaction = pool.begin().await.unwrap();
    match fence {
        Fence::On => {
            let (from, at_once) = (Checkpoint::new(), Durable::AtOnce);
            let moving = checkpoint::advance(&mut transaction, generation, TASKS, &from, &to, at_once, None).await;
            if !moving.unwrap().won {
                return None;
            }
        }
        Fence::Off => checkpoint::enter(&mut transaction, generation).await.unwrap(),
    }
    let mut batch = Batch::new(&records, PARTITIONS, HashSet::new());
    Completed.apply(&mut transaction, &mut batch).await.unwrap();
    Some(transaction)
}

async fn until_one_waits(pool: &PgPool) {
    let waits =
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
    let waiting = async {
        while !sqlx::query_scalar::<_, bool>(waits).fetch_one(pool).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, waiting).await.unwrap();
}

/// How many instances wrote the batch, and how many completed tasks are counted then.
async fn both_at_once(fence: Fence) -> (usize, i64) {
    let world = World::new().await;
    let projector = world.start_projector();
    assert!(world.positions.filled("completed", LONG).await);
    let generation = world.serving("completed");
    projector.abort();
    let _ = projector.await;

    let first = apply(world.pool.clone(), generation, fence).await.unwrap();
    let second = tokio::spawn(apply(world.pool.clone(), generation, fence));
    // By then it has read what was there before the first one's rows.
    until_one_waits(&world.pool).await;
    first.commit().await.unwrap();
    let second = second.await.unwrap();
    let wrote = 1 + usize::from(second.is_some());
    if let Some(second) = second {
        second.commit().await.unwrap();
    }
    let counted = format!("SELECT tasks FROM {}", generation.table("days"));
    (wrote, sqlx::query_scalar(&counted).fetch_one(&world.pool).await.unwrap())
}

#[tokio::test]
async fn given_two_instances_with_one_batch_when_both_apply_it_then_one_wins_and_uncompared_it_counts_twice() {
    assert_eq!(both_at_once(Fence::On).await, (1, 1));
    // The other half of the pair.
    assert_eq!(both_at_once(Fence::Off).await, (2, 2));
}
