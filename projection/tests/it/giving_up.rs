//! A transaction that is given up while it begins leaves nothing behind.

use std::pin::pin;

use chrono::{DateTime, Utc};
use projection::lists::tasks::counting;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::proxy::Proxy;
use crate::world::World;

/// Whether the connection that the pool hands out stands in a transaction: in one, time stands still.
async fn within_a_transaction(pool: &PgPool) -> bool {
    let mut connection = pool.acquire().await.unwrap();
    let mut times: Vec<DateTime<Utc>> = Vec::new();
    for _ in 0..2 {
        times.push(sqlx::query_scalar("SELECT now()").fetch_one(&mut *connection).await.unwrap());
    }
    times[0] == times[1]
}

/// Begins a transaction and gives it up between the question and the answer; whether the next one finds itself within it.
async fn found_within<T>(world: &World, begin: impl AsyncFn(PgPool) -> T) -> bool {
    let server = world.pool.connect_options();
    let proxy = Proxy::before(&server).await;
    let options = PgPoolOptions::new().max_connections(1).test_before_acquire(false);
    let by_proxy = (*server).clone().host("127.0.0.1").port(proxy.address.port());
    let pool = options.connect_with(by_proxy).await.unwrap();
    // A connection that comes back to the pool is tried: that has its answer.
    while pool.num_idle() == 0 {
        tokio::task::yield_now().await;
    }

    proxy.hold(true);
    let mut asked = proxy.asked();
    {
        let mut beginning = pin!(begin(pool.clone()));
        tokio::select! {
            _ = &mut beginning => panic!("answered without an answer"),
            sent = asked.changed() => sent.unwrap(),
        }
    }
    proxy.hold(false);
    within_a_transaction(&pool).await
}

#[tokio::test]
async fn given_a_transaction_that_is_given_up_while_it_begins_when_its_connection_is_used_then_it_is_in_none() {
    let world = World::new().await;
    assert!(!found_within(&world, async |pool| projection::database::begin(&pool).await).await);
    assert!(!found_within(&world, async |pool| counting(&pool).await).await);
    // The other half of the pair: sqlx alone hands it on within the transaction.
    assert!(found_within(&world, async |pool| pool.begin().await).await);
}
