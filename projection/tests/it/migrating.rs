//! Builds of several releases on one database.

use std::borrow::Cow;

use platform::postgres::{MigrateError, Schema, Step};
use sqlx::PgPool;
use sqlx::migrate::{MigrateError as SqlxError, Migration, MigrationType, Migrator};

use crate::postgres::empty_database;
use crate::world::fresh_database;

const THINGS: &str = "CREATE TABLE things (id serial PRIMARY KEY, name text)";

/// The release before, and others that may follow it.
const BEFORE: &[Step] = &[Step::new(1, "things", THINGS)];
const RENAMED: &[Step] = &[BEFORE[0], Step::new(2, "titles", "ALTER TABLE things RENAME name TO title")];
const EXPANDED: &[Step] = &[BEFORE[0], Step::new(2, "titles", "ALTER TABLE things ADD title text").needs(1)];
/// And what follows the last one of them, whose builds do without names.
const CONTRACTED: &[Step] =
    &[BEFORE[0], EXPANDED[1], Step::new(3, "no names", "ALTER TABLE things DROP name").needs(2)];

async fn start(steps: &'static [Step], pool: &PgPool) -> Result<(), MigrateError> {
    Schema::new("things", 1, steps).migrate(pool).await
}

/// As builds did that knew nothing of what steps need.
async fn start_unaware(pool: &PgPool) -> Result<(), SqlxError> {
    let mut connection = pool.acquire().await.unwrap().detach();
    for statement in ["CREATE SCHEMA IF NOT EXISTS things", "SET search_path = things"] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    let (description, sql) = (Cow::Borrowed("things"), Cow::Borrowed(THINGS));
    let step = Migration::new(1, description, MigrationType::Simple, sql, false);
    Migrator { migrations: Cow::Owned(vec![step]), ..Migrator::DEFAULT }.run_direct(&mut connection).await
}

/// What the release before does all day.
async fn name_a_thing(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO things.things (name) VALUES ('a thing')").execute(pool).await?;
    Ok(())
}

#[tokio::test]
async fn given_a_step_that_the_build_before_can_live_with_when_that_starts_again_then_it_runs() {
    let pool = empty_database().await;
    start(BEFORE, &pool).await.unwrap();
    start(EXPANDED, &pool).await.unwrap();
    start(BEFORE, &pool).await.unwrap();
    name_a_thing(&pool).await.unwrap();
    start(EXPANDED, &pool).await.unwrap();
}

#[tokio::test]
async fn given_a_step_that_it_cannot_live_with_when_the_build_before_starts_again_then_it_says_what_to_run() {
    let pool = empty_database().await;
    start(BEFORE, &pool).await.unwrap();
    start(RENAMED, &pool).await.unwrap();
    let refused = start(BEFORE, &pool).await.unwrap_err();
    assert!(matches!(refused, MigrateError::Newer(2)), "{refused:?}");
    assert!(refused.to_string().contains("run one that knows step 2"), "{refused}");
    // This is what it was kept from.
    name_a_thing(&pool).await.unwrap_err();
    start(RENAMED, &pool).await.unwrap();
}

#[tokio::test]
async fn given_a_step_that_takes_away_what_the_last_build_left_unused_when_older_ones_start_then_that_one_alone_runs() {
    let pool = empty_database().await;
    start(CONTRACTED, &pool).await.unwrap();
    start(EXPANDED, &pool).await.unwrap();
    let refused = start(BEFORE, &pool).await;
    assert!(matches!(refused, Err(MigrateError::Newer(2))), "{refused:?}");
    name_a_thing(&pool).await.unwrap_err();
}

#[tokio::test]
async fn given_a_build_killed_before_it_wrote_what_its_step_needs_when_the_one_before_starts_then_it_waits_for_that() {
    let pool = empty_database().await;
    start(EXPANDED, &pool).await.unwrap();
    sqlx::query("UPDATE things._sqlx_migrations SET needs = NULL").execute(&pool).await.unwrap();
    let refused = start(BEFORE, &pool).await;
    assert!(matches!(refused, Err(MigrateError::Newer(2))), "{refused:?}");
    start(EXPANDED, &pool).await.unwrap();
    start(BEFORE, &pool).await.unwrap();
}

#[tokio::test]
async fn given_a_build_that_knows_nothing_of_needs_when_it_starts_again_then_it_refuses_every_step_it_does_not_know() {
    let pool = empty_database().await;
    start_unaware(&pool).await.unwrap();
    start(BEFORE, &pool).await.unwrap();
    start_unaware(&pool).await.unwrap();
    start(EXPANDED, &pool).await.unwrap();
    let refused = start_unaware(&pool).await;
    assert!(matches!(refused, Err(SqlxError::VersionMissing(2))), "{refused:?}");
}

#[tokio::test]
async fn given_a_schema_of_a_newer_build_when_migrated_then_it_is_told_from_what_passes() {
    let pool = fresh_database().await;
    let newer = "INSERT INTO tasklog._sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (999, 'of tomorrow', true, '', 0)";
    sqlx::query(newer).execute(&pool).await.unwrap();
    assert!(matches!(projection::migrate(&pool).await, Err(MigrateError::Newer(999))));
}
