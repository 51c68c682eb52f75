//! What is given up leaves nothing behind: a transaction that begins, and a statement that takes too long.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use projection::lists::tasks::counting;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::proxy::Proxy;
use crate::world::{LONG, World, created, id, task_record};

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

/// Whether a statement waits for this table.
async fn waits_for(world: &World, table: &str) -> bool {
    let waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = to_regclass($1))";
    sqlx::query_scalar(waiting).bind(table).fetch_one(&world.pool).await.unwrap()
}

#[tokio::test]
async fn given_tasks_that_cannot_be_read_when_tags_or_a_feed_are_asked_for_then_503_and_postgres_gives_up_too() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "x")));
    world.start_projector();
    world.settle().await;
    let table = world.serving("tasks").table("tasks");
    let mut holding = world.pool.begin().await.unwrap();
    sqlx::query(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).execute(&mut *holding).await.unwrap();

    let (tags, feed) = tokio::join!(world.get("/tags"), world.get("/tasks.ics"));
    for (status, _, problem) in [tags, feed] {
        let detail = problem["detail"].as_str().unwrap();
        assert_eq!((status.as_u16(), detail), (503, "the read side's database did not answer in time"));
    }
    // Who asked has gone: so must what was asked, while the table is still held.
    let gone = async {
        while waits_for(&world, &table).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, gone).await.unwrap();
    holding.rollback().await.unwrap();
    assert_eq!(world.get("/tags").await.0.as_u16(), 200);
}
