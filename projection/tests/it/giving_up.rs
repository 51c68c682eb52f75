//! A transaction that is given up while it begins leaves nothing behind.

use chrono::{DateTime, Utc};
use futures::poll;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::world::World;

/// Polled at most so often before it is given up, and each so many polls: a busy runtime looks for answers every 61 of them.
const POLLS: std::ops::Range<usize> = 0..600;
const STEP: usize = 15;

/// Whether the connection that the pool hands out stands in a transaction: in one, time stands still.
async fn within_a_transaction(pool: &PgPool) -> bool {
    let mut connection = pool.acquire().await.unwrap();
    let mut times: Vec<DateTime<Utc>> = Vec::new();
    for _ in 0..2 {
        times.push(sqlx::query_scalar("SELECT now()").fetch_one(&mut *connection).await.unwrap());
    }
    times[0] == times[1]
}

/// Begins a transaction and gives it up after each number of polls; how often the next one finds itself within it.
async fn found_within<T>(world: &World, begin: impl AsyncFn(PgPool) -> T) -> usize {
    let mut found = 0;
    for polls in POLLS.step_by(STEP) {
        let options = (*world.pool.connect_options()).clone();
        let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        let mut beginning = Box::pin(begin(pool.clone()));
        for _ in 0..polls {
            if poll!(beginning.as_mut()).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(beginning);
        found += usize::from(within_a_transaction(&pool).await);
        pool.close().await;
    }
    found
}

#[tokio::test]
async fn given_a_transaction_that_is_given_up_while_it_begins_when_its_connection_is_used_then_it_is_in_none() {
    let world = World::new().await;
    assert_eq!(found_within(&world, async |pool| projection::database::begin(&pool).await).await, 0);
    // The other half of the pair: sqlx alone hands it on within the transaction.
    assert!(found_within(&world, async |pool| pool.begin().await).await > 0);
}
