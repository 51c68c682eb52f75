//! How tasks are read: many together, as they are stored, by plans that are kept.

use chrono::TimeDelta;
use futures::FutureExt as _;
use futures::future::join_all;
use projection::database::{Lent, Readers};
use projection::generations::Generation;
use projection::lists::tasks::TaskReader;
use projection::lists::tasks::statements::{Statements, Step};
use projection::query::sort::Sort;
use projection::query::task_query::{TaskFilter, TaskQuery};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

use crate::world::*;

const TENANT: &str = domain::tenant::DEFAULT;

/// Tasks with the numbers from 0, and the generation that has them. Nothing changes it any more.
async fn tasks(world: &World, count: u64) -> Generation {
    for n in 0..count {
        world.append(task_record(id(n.into()), 1, &created(id(n.into()), &format!("task {n}"))));
    }
    let projector = world.start_projector();
    world.settle().await;
    projector.abort();
    let _ = projector.await;
    world.serving("tasks")
}

fn newest(limit: usize) -> TaskQuery {
    TaskQuery {
        tenant: TENANT.to_owned(),
        q: None,
        filter: TaskFilter::default(),
        sort: Sort::NEWEST,
        limit,
        cursor: None,
        total: true,
        now: start() + TimeDelta::days(4),
    }
}

#[tokio::test]
async fn given_many_requests_at_once_when_tasks_are_looked_up_then_each_gets_its_own() {
    let world = World::new().await;
    let generation = tasks(&world, 300).await;
    let reader = TaskReader::new(world.pool.clone());
    // Every second one is of no task.
    let asked = (0..600).map(|n| reader.find(generation, TENANT, id(n)));
    for (n, found) in join_all(asked).await.into_iter().enumerate() {
        let title = found.unwrap().map(|found| {
            let view: serde_json::Value = serde_json::from_str(&found.view).unwrap();
            view["title"].as_str().unwrap().to_owned()
        });
        assert_eq!(title, (n < 300).then(|| format!("task {n}")));
    }
    assert_eq!(reader.find(generation, "somebody", id(1)).await.unwrap(), None);
}

#[tokio::test]
async fn given_requests_that_are_given_up_when_others_wait_behind_them_then_those_are_answered() {
    let world = World::new().await;
    let generation = tasks(&world, 20).await;
    let reader = TaskReader::new(world.pool.clone());
    for n in 0..20 {
        assert!(reader.find(generation, TENANT, id(n)).now_or_never().is_none(), "on its way, and nobody wants it");
    }
    assert!(reader.find(generation, TENANT, id(7)).await.unwrap().is_some());
    assert!(reader.find(generation, TENANT, id(99)).await.unwrap().is_none());
}

#[tokio::test]
async fn given_a_page_when_written_from_what_is_stored_then_the_same_bytes_as_from_its_tasks() {
    let world = World::new().await;
    let generation = tasks(&world, 7).await;
    let reader = TaskReader::new(world.pool.clone());
    for (limit, items) in [(3, 3), (7, 7), (200, 7)] {
        let page = reader.page(generation, &newest(limit)).await.unwrap().into_tasks().unwrap();
        assert_eq!((page.items.len(), page.total, page.next_cursor.is_some()), (items, Some(7), items < 7));
        let json = reader.page(generation, &newest(limit)).await.unwrap().into_json().unwrap();
        assert_eq!(json, serde_json::to_string(&page).unwrap());
    }
    let nothing = TaskQuery { tenant: "somebody".to_owned(), ..newest(50) };
    let json = reader.page(generation, &nothing).await.unwrap().into_json().unwrap();
    assert_eq!(json, r#"{"items":[],"next_cursor":null,"total":0,"total_is_exact":true}"#);
}

#[tokio::test]
async fn given_a_loan_that_is_given_up_in_the_middle_when_connections_are_lent_again_then_none_has_its_answer() {
    let world = World::new().await;
    let readers = Readers::new(&world.pool);
    for _ in 0..20 {
        let mut lent = readers.lend().await.unwrap();
        let asked = sqlx::query_scalar::<_, i32>("SELECT 1 FROM pg_sleep(0.2)").fetch_one(&mut *lent).now_or_never();
        assert!(asked.is_none());
    }
    for n in 0..20 {
        let mut lent = readers.lend().await.unwrap();
        let answer: i32 = sqlx::query_scalar("SELECT $1").bind(n).fetch_one(&mut *lent).await.unwrap();
        lent.done();
        assert_eq!(answer, n);
    }
}

/// Asks for a table that is just being dropped, gives that up and ends the loan by `end`; how often the next loan is told of it.
async fn told_of_others(end: fn(Lent)) -> usize {
    let world = World::new().await;
    let readers = Readers::new(&world.pool);
    let mut told = 0;
    for n in 0..5 {
        sqlx::query("CREATE TABLE swept (n int)").execute(&world.pool).await.unwrap();
        let mut dropping = world.pool.begin().await.unwrap();
        sqlx::query("DROP TABLE swept").execute(&mut *dropping).await.unwrap();
        let mut lent = readers.lend().await.unwrap();
        let asked = sqlx::query_scalar::<_, i32>("SELECT n FROM swept").fetch_one(&mut *lent).now_or_never();
        assert!(asked.is_none(), "it waits until the table is gone");
        end(lent);
        dropping.commit().await.unwrap();

        let mut lent = readers.lend().await.unwrap();
        let answer = sqlx::query_scalar::<_, i32>("SELECT $1").bind(n).fetch_one(&mut *lent).await;
        match answer {
            Ok(answer) => {
                lent.done();
                assert_eq!(answer, n);
            }
            Err(error) => {
                let code = error.as_database_error().and_then(|error| error.code());
                assert_eq!(code.as_deref(), Some("42P01"), "{error}");
                told += 1;
            }
        }
    }
    told
}

#[tokio::test]
async fn given_a_question_that_is_given_up_and_fails_when_connections_are_lent_again_then_nobody_is_told_of_it() {
    assert_eq!(told_of_others(drop).await, 0);
    // The other half of the pair: who gives the connection back all the same hands the error on.
    assert!(told_of_others(Lent::done).await > 0);
}

#[tokio::test]
async fn given_a_plan_that_was_made_for_three_tasks_when_there_are_many_then_it_goes_along_the_index() {
    let world = World::new().await;
    let table = tasks(&world, 3).await.table("tasks");
    sqlx::query(&format!("ANALYZE {table}")).execute(&world.pool).await.unwrap();
    let query = newest(50);
    let statements = Statements::new(&table, &query).unwrap().unwrap();
    let kept =
        PgConnectOptions::clone(&world.pool.connect_options()).options([("plan_cache_mode", "force_generic_plan")]);
    let mut careless = PgConnection::connect_with(&kept).await.unwrap();
    let mut lent = Readers::new(&world.pool).lend().await.unwrap();
    for connection in [&mut careless, &mut *lent] {
        assert_eq!(statements.sql(Step::Near).build().fetch_all(connection).await.unwrap().len(), 3);
    }
    let columns = "title_key, status, priority, tags, due_day, due_sort, created_at, updated_at, deleted_at, parent_id, rank_key, version, view, tag_bits, tag_keys";
    let more = format!(
        "INSERT INTO {table} (tenant, id, {columns}) SELECT tenant, gen_random_uuid(), {columns} FROM {table}, generate_series(1, 2000)"
    );
    sqlx::query(&more).execute(&world.pool).await.unwrap();

    let mut scanned = Vec::new();
    for connection in [&mut careless, &mut *lent] {
        let mut transaction = connection.begin().await.unwrap();
        statements.sql(Step::Near).build().fetch_all(&mut *transaction).await.unwrap();
        let scans: i64 = sqlx::query_scalar("SELECT pg_stat_get_xact_numscans($1::regclass)")
            .bind(&table)
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        scanned.push(scans > 0);
        transaction.rollback().await.unwrap();
    }
    assert_eq!(scanned, [true, false], "a plan that may be anything reads the whole table for each page");
}
